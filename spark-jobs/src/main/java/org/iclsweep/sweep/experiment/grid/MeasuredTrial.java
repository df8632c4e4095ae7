package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * A trial with its measures.
 *
 * @param <M> the measures of the kind of its sweep
 * @param set the demonstrations of its context
 * @param tokens numbers of tokens of its prompts
 * @param queries number of its queries that judge
 * @param auditError the largest absolute difference of logits in the re-check at float64; null if not audited
 * @param seconds this trial's share of its batch
 */
public record MeasuredTrial<M>(
        Trial trial,
        SetIdentity set,
        PromptTokens tokens,
        long queries,
        List<Flag> flags,
        M measures,
        @Nullable Double auditError,
        Seconds seconds)
        implements TrialOutcome {
    public MeasuredTrial {
        flags = List.copyOf(flags);
    }
}
