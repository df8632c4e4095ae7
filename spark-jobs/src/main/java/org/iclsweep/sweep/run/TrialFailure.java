package org.iclsweep.sweep.run;

import org.jspecify.annotations.Nullable;

/** A trial, or a whole batch, cannot be run. The batch is run again without the trial that is named, or one by one. */
public final class TrialFailure extends RuntimeException {
    private final ErrorCode code;
    private final @Nullable Long index;

    private TrialFailure(ErrorCode code, @Nullable Long index, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.index = index;
    }

    /** A failure of one trial. */
    public static TrialFailure of(PlannedTrial trial, ErrorCode code, String message) {
        return new TrialFailure(code, trial.index(), message, null);
    }

    /** A failure of some trial of the batch, or of the batch as a whole, with what led to it. */
    public static TrialFailure somewhere(ErrorCode code, String message, @Nullable Throwable cause) {
        return new TrialFailure(code, null, message, cause);
    }

    public ErrorCode code() {
        return code;
    }

    /** The index of the trial that failed; null where it is not known. */
    @Nullable Long index() {
        return index;
    }
}
