package org.iclsweep.sweep.run;

/**
 * Notes on disk, made before native code is called and taken away after it. A note whose process went down is still
 * there.
 */
public interface AttemptJournal {
    /**
     * Number of attempts at this unit that went down with their process; those that still run elsewhere do not count.
     */
    int lost(String unit);

    /** Notes that an attempt begins. */
    Note begin(String unit);

    /** Takes its note away when the attempt comes back, whatever the outcome. */
    interface Note extends AutoCloseable {
        @Override
        void close();
    }
}
