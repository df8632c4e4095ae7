package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.RunFacts;
import org.jspecify.annotations.Nullable;

/**
 * The source of a row of a table with one row per trial.
 *
 * @param sweep the sweep's name
 * @param labelMode gold, random or permuted
 */
public record TrialRow(String sweep, String labelMode, int wave, TrialOutcome outcome, RunFacts run) {
    public Trial trial() {
        return (Trial) outcome.trial();
    }

    /** The result of this class; null for a trial that failed. */
    public <M extends MeasuredTrial> @Nullable M result(Class<M> kind) {
        return kind.isInstance(outcome) ? kind.cast(outcome) : null;
    }

    /** The result; null for a trial that failed. */
    public @Nullable MeasuredTrial measured() {
        return result(MeasuredTrial.class);
    }

    /** The failure; null for a trial with a result. */
    public @Nullable FailedTrial failure() {
        return outcome instanceof FailedTrial failed ? failed : null;
    }

    public @Nullable SetIdentity set() {
        return outcome instanceof MeasuredTrial measured ? measured.set() : ((FailedTrial) outcome).set();
    }

    public @Nullable Long contextTokens() {
        return outcome instanceof MeasuredTrial measured
                ? Long.valueOf(measured.contextTokens())
                : ((FailedTrial) outcome).contextTokens();
    }

    public List<Flag> flags() {
        return outcome instanceof MeasuredTrial measured ? measured.flags() : ((FailedTrial) outcome).flags();
    }

    public RowOrigin origin() {
        @Nullable MeasuredTrial measured = measured();
        return new RowOrigin(run, measured == null ? null : measured.seconds(), null);
    }
}
