package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import java.util.stream.Stream;
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

    /** The trial with its measures; null where it failed. */
    public @Nullable MeasuredTrial<?> measured() {
        return outcome instanceof MeasuredTrial<?> measured ? measured : null;
    }

    /** The measures of this class; null where the trial failed. */
    public <M> @Nullable M measures(Class<M> kind) {
        return outcome instanceof MeasuredTrial<?> measured ? kind.cast(measured.measures()) : null;
    }

    /** The failure; null for a trial with measures. */
    public @Nullable FailedTrial failure() {
        return outcome instanceof FailedTrial failed ? failed : null;
    }

    public @Nullable SetIdentity set() {
        return outcome instanceof MeasuredTrial<?> measured ? measured.set() : ((FailedTrial) outcome).set();
    }

    public @Nullable Long contextTokens() {
        return outcome instanceof MeasuredTrial<?> measured
                ? Long.valueOf(measured.tokens().context())
                : ((FailedTrial) outcome).contextTokens();
    }

    public List<Flag> flags() {
        List<Flag> own =
                outcome instanceof MeasuredTrial<?> measured ? measured.flags() : ((FailedTrial) outcome).flags();
        return run.lacksGpu()
                ? Stream.concat(own.stream(), Stream.of(new Flag(Flag.Code.NO_GPU, null, null)))
                        .toList()
                : own;
    }

    public RowOrigin origin() {
        return new RowOrigin(run, outcome instanceof MeasuredTrial<?> measured ? measured.seconds() : null, null);
    }
}
