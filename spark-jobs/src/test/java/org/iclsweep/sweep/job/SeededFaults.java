package org.iclsweep.sweep.job;

import java.util.Random;
import java.util.stream.LongStream;

/** The seeds that faults are tried with: one in the build, more in the soak. */
final class SeededFaults {
    private static final int SEEDS = Integer.getInteger("icl.sweep.fault-seeds", 1);

    private SeededFaults() {}

    static LongStream seeds() {
        return LongStream.rangeClosed(1, SEEDS);
    }

    /** Waits for a moment that the seed chooses. */
    static void sleepUpTo(long millis, Random random) {
        try {
            Thread.sleep(random.nextLong(millis));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
