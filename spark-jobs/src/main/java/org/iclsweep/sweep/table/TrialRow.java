package org.iclsweep.sweep.table;

import java.util.List;
import java.util.function.Function;
import org.iclsweep.sweep.trial.FailedTrial;
import org.iclsweep.sweep.trial.Flag;
import org.iclsweep.sweep.trial.SetIdentity;
import org.iclsweep.sweep.trial.Trial;
import org.iclsweep.sweep.trial.TrialOutcome;
import org.iclsweep.sweep.trial.TrialResult;
import org.jspecify.annotations.Nullable;

/**
 * What a row of the table {@code trials} is made from.
 *
 * @param sweep the sweep's name
 * @param labelMode gold, random or permuted
 */
public record TrialRow(String sweep, String labelMode, int wave, TrialOutcome outcome, RunFacts run) {
    Trial trial() {
        return outcome.trial();
    }

    @Nullable SetIdentity set() {
        return outcome instanceof TrialResult result ? result.set() : ((FailedTrial) outcome).set();
    }

    @Nullable Long contextTokens() {
        return outcome instanceof TrialResult result
                ? Long.valueOf(result.contextTokens())
                : ((FailedTrial) outcome).contextTokens();
    }

    List<Flag> flags() {
        return outcome instanceof TrialResult result ? result.flags() : ((FailedTrial) outcome).flags();
    }

    /** Something of the result; null for a trial that failed. */
    <T> @Nullable T result(Function<TrialResult, @Nullable T> part) {
        return outcome instanceof TrialResult result ? part.apply(result) : null;
    }

    /** Something of the failure; null for a trial that did not fail. */
    <T> @Nullable T failure(Function<FailedTrial, T> part) {
        return outcome instanceof FailedTrial failed ? part.apply(failed) : null;
    }
}
