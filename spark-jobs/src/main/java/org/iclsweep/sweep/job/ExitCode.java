package org.iclsweep.sweep.job;

/** The end of a command, for scripts and schedulers. */
public enum ExitCode {
    /** Done. */
    DONE(0, "done"),
    /** Failed: run again to go on. */
    FAILED(1, "failed; run again to go on"),
    /** Wrong use or wrong input. */
    WRONG_INPUT(2, "wrong use or wrong input"),
    /** More trials failed than allowed: done, or ended early. */
    TOO_MANY_FAILED(3, "more trials failed than allowed"),
    /** Another driver holds the directory, or its plan differs. */
    REFUSED(4, "refused: another driver, or another plan"),
    /** This machine or an executor cannot run it. */
    UNFIT_MACHINE(5, "this machine or an executor cannot run it"),
    /** Ended by its budget: run again to go on. */
    BUDGET(6, "ended by its budget; run again to go on"),
    /** Interrupted from the terminal after the current wave was settled. */
    INTERRUPTED(130, "interrupted, after the current wave"),
    /** Terminated after the current wave was settled. */
    TERMINATED(143, "terminated, after the current wave");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** The meaning in a few words, for a command's help. */
    public String meaning() {
        return meaning;
    }

    public int code() {
        return code;
    }
}
