package org.iclsweep.sweep.run;

import org.jspecify.annotations.Nullable;

/** A trial, or a whole batch, cannot be run. The batch is run again without the trial that is named, or one by one. */
public final class TrialFailure extends RuntimeException {
    private final ErrorCode code;
    private final Reach reach;
    private final @Nullable Long index;

    /** The trials of a batch that a failure is about. */
    enum Reach {
        /** The one that is named. */
        ONE,
        /** Any: which one is found by running them one by one. */
        SOME,
        /** All of them alike: none is run again. */
        ALL
    }

    private TrialFailure(ErrorCode code, Reach reach, @Nullable Long index, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.reach = reach;
        this.index = index;
    }

    /** A failure of one trial. */
    public static TrialFailure of(PlannedTrial trial, ErrorCode code, String message) {
        return new TrialFailure(code, Reach.ONE, trial.index(), message, null);
    }

    /** A failure of some trial of the batch, or of the batch as a whole, with what led to it. */
    public static TrialFailure somewhere(ErrorCode code, String message, @Nullable Throwable cause) {
        return new TrialFailure(code, Reach.SOME, null, message, cause);
    }

    /** A failure of every trial of the batch, as of a model that cannot be loaded. */
    public static TrialFailure ofAll(ErrorCode code, String message, @Nullable Throwable cause) {
        return new TrialFailure(code, Reach.ALL, null, message, cause);
    }

    public ErrorCode code() {
        return code;
    }

    Reach reach() {
        return reach;
    }

    /** The index of the trial that failed; null where it is not known. */
    @Nullable Long index() {
        return index;
    }
}
