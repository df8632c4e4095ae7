package org.iclsweep.sweep.run;

/**
 * The trials that are worked on together, all of one model, precision, method and task: those from {@code first} to
 * before {@code end}.
 */
public record Batch(long first, long end) {
    /** Number of trials. */
    public int size() {
        return Math.toIntExact(end - first);
    }
}
