package org.iclsweep.sweep.trial;

/**
 * Notes on disk, made before native code is called and taken away after it. A note that is still there was left by a
 * process that went down.
 */
public interface AttemptJournal {
    /** How many attempts at this unit never came back. */
    int lost(String unit);

    /** Notes that an attempt begins. */
    Note begin(String unit);

    /** Takes its note away when the attempt comes back, whatever the outcome. */
    interface Note extends AutoCloseable {
        @Override
        void close();
    }
}
