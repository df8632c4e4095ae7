package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * A trial without a result.
 *
 * @param set which demonstrations it was shown; null if they could not be drawn
 * @param contextTokens the length of its context; null if it is not known
 */
public record FailedTrial(
        Trial trial,
        ErrorCode code,
        String message,
        @Nullable SetIdentity set,
        @Nullable Long contextTokens,
        List<Flag> flags)
        implements TrialOutcome {
    public FailedTrial {
        flags = List.copyOf(flags);
    }

    public static FailedTrial of(Trial trial, ErrorCode code, String message, @Nullable SetIdentity set) {
        return new FailedTrial(trial, code, message, set, null, List.of());
    }
}
