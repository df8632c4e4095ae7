package org.iclsweep.sweep.table;

import java.util.List;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.Flag;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.SetIdentity;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The source of a row of a table with one row per trial.
 *
 * @param sweep the sweep's name
 * @param labelMode gold, random or permuted
 */
public record TrialRow(String sweep, String labelMode, int wave, TrialOutcome outcome, RunFacts run) {
    Trial trial() {
        return outcome.trial();
    }

    /** The result of this class; null for a trial that failed. */
    <M extends MeasuredTrial> @Nullable M result(Class<M> kind) {
        return kind.isInstance(outcome) ? kind.cast(outcome) : null;
    }

    /** The result; null for a trial that failed. */
    @Nullable MeasuredTrial measured() {
        return result(MeasuredTrial.class);
    }

    /** The failure; null for a trial with a result. */
    @Nullable FailedTrial failure() {
        return outcome instanceof FailedTrial failed ? failed : null;
    }

    @Nullable SetIdentity set() {
        return outcome instanceof MeasuredTrial measured ? measured.set() : ((FailedTrial) outcome).set();
    }

    @Nullable Long contextTokens() {
        return outcome instanceof MeasuredTrial measured
                ? Long.valueOf(measured.contextTokens())
                : ((FailedTrial) outcome).contextTokens();
    }

    List<Flag> flags() {
        return outcome instanceof MeasuredTrial measured ? measured.flags() : ((FailedTrial) outcome).flags();
    }

    RowOrigin origin() {
        @Nullable MeasuredTrial measured = measured();
        return new RowOrigin(run, measured == null ? null : measured.seconds(), null);
    }
}
