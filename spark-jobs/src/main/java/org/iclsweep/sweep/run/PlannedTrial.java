package org.iclsweep.sweep.run;

/** A trial as the engine knows it: a place in the plan. */
public interface PlannedTrial {
    /** The place in the plan, from 0. */
    long index();

    /** The hash of the plan's digest and the index, 16 hexadecimal characters. */
    String id();
}
