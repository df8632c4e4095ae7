package org.iclsweep.sweep.run;

import java.util.stream.Stream;

/** A disk without room, which is no trial's fault. */
public final class FullDisk {
    /** The words of the operating system for it; Java, Spark and the engine hand the words on. */
    public static final String WORDS = "No space left on device";

    private FullDisk() {}

    /** True if it is behind a failure. */
    public static boolean isBehind(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .anyMatch(cause -> String.valueOf(cause.getMessage()).contains(WORDS));
    }
}
