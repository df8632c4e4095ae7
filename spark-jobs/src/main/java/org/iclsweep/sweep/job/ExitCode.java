package org.iclsweep.sweep.job;

/** The end of a command, for scripts and schedulers. */
public enum ExitCode {
    /** Done. */
    DONE(0),
    /** Failed: run again to go on. */
    FAILED(1),
    /** Wrong use or wrong input. */
    WRONG_INPUT(2),
    /** More trials failed than allowed: done, or ended early. */
    TOO_MANY_FAILED(3),
    /** Another driver holds the directory, or its plan differs. */
    REFUSED(4),
    /** This machine or an executor cannot run it. */
    UNFIT_MACHINE(5),
    /** Ended by its budget: run again to go on. */
    BUDGET(6),
    /** Interrupted from the terminal after the current wave was settled. */
    INTERRUPTED(130),
    /** Terminated after the current wave was settled. */
    TERMINATED(143);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
