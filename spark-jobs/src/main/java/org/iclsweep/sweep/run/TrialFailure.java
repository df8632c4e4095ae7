package org.iclsweep.sweep.run;

import java.util.OptionalLong;

/** A trial, or a whole batch, cannot be run. The batch is run again without the trial that is named, or one by one. */
public final class TrialFailure extends RuntimeException {
    private static final long NOBODY = -1;

    private final ErrorCode code;
    private final long index;

    private TrialFailure(ErrorCode code, long index, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.index = index;
    }

    private TrialFailure(ErrorCode code, long index, String message) {
        super(message);
        this.code = code;
        this.index = index;
    }

    /** A failure of one trial. */
    public static TrialFailure of(PlannedTrial trial, ErrorCode code, String message) {
        return new TrialFailure(code, trial.index(), message);
    }

    /** A failure of some trial of the batch, or of the batch as a whole. */
    public static TrialFailure somewhere(ErrorCode code, String message) {
        return new TrialFailure(code, NOBODY, message);
    }

    /** The same, with what led to it. */
    public static TrialFailure somewhere(ErrorCode code, String message, Throwable cause) {
        return new TrialFailure(code, NOBODY, message, cause);
    }

    public ErrorCode code() {
        return code;
    }

    /** The index of the trial that failed, where it is known. */
    public OptionalLong index() {
        return index == NOBODY ? OptionalLong.empty() : OptionalLong.of(index);
    }
}
