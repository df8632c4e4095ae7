package org.iclsweep.sweep.run;

import java.util.Locale;
import java.util.stream.Stream;

/** A lack of memory, of the Java heap, of the machine or of a GPU. */
final class OutOfMemory {
    private OutOfMemory() {}

    /** True if it is behind a failure; libtorch has words of its own for it on a GPU and on a CPU. */
    static boolean isBehind(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .anyMatch(cause -> cause instanceof OutOfMemoryError || hasItsWords(cause));
    }

    private static boolean hasItsWords(Throwable failure) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("out of memory") || message.contains("can't allocate memory");
    }
}
