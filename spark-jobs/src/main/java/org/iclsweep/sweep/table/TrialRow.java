package org.iclsweep.sweep.table;

import java.util.List;
import java.util.function.Function;
import org.iclsweep.sweep.trial.FailedTrial;
import org.iclsweep.sweep.trial.Flag;
import org.iclsweep.sweep.trial.MeasuredTrial;
import org.iclsweep.sweep.trial.SetIdentity;
import org.iclsweep.sweep.trial.Trial;
import org.iclsweep.sweep.trial.TrialOutcome;
import org.iclsweep.sweep.trial.TrialResult;
import org.jspecify.annotations.Nullable;

/**
 * What a row of a table of trials is made from.
 *
 * @param sweep the sweep's name
 * @param labelMode gold, random or permuted
 */
public record TrialRow(String sweep, String labelMode, int wave, TrialOutcome outcome, RunFacts run) {
    Trial trial() {
        return outcome.trial();
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

    /** Something of the result of a conversion; null for a trial that failed. */
    <T> @Nullable T result(Function<TrialResult, @Nullable T> part) {
        return result(TrialResult.class, part);
    }

    /** Something of the result; null for a trial that failed. */
    <M extends MeasuredTrial, T> @Nullable T result(Class<M> kind, Function<M, @Nullable T> part) {
        return kind.isInstance(outcome) ? part.apply(kind.cast(outcome)) : null;
    }

    /** Something of the failure; null for a trial that did not fail. */
    <T> @Nullable T failure(Function<FailedTrial, T> part) {
        return outcome instanceof FailedTrial failed ? part.apply(failed) : null;
    }
}
