package org.iclsweep.sweep.experiment.grid;

/** The wall time of a batch, divided evenly among its trials, in seconds. */
public record Seconds(double convert, double prompted, double converted) {
    public static final Seconds NONE = new Seconds(0, 0, 0);
}
