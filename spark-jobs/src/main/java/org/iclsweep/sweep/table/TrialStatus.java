package org.iclsweep.sweep.table;

import java.util.function.Predicate;

/** The columns by which the engine knows the trials of any table, and their values. */
public final class TrialStatus {
    /** The column with the trial's id. */
    public static final String ID = "trial_id";

    /** The column with {@link #OK} or {@link #FAILED}. */
    public static final String COLUMN = "status";

    public static final String OK = "ok";
    public static final String FAILED = "failed";

    private TrialStatus() {}

    /** The column of the status. */
    public static <R> Struct<R> column(Predicate<R> failed) {
        return Struct.of(Column.text(COLUMN, "`ok` or `failed`", row -> failed.test(row) ? FAILED : OK));
    }
}
