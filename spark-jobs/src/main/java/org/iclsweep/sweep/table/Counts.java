package org.iclsweep.sweep.table;

/**
 * Numbers of trials.
 *
 * @param trials those with a row
 * @param failed those of them that failed
 */
public record Counts(long trials, long failed) {
    public static final Counts NONE = new Counts(0, 0);

    public Counts plus(Counts other) {
        return new Counts(trials + other.trials, failed + other.failed);
    }
}
