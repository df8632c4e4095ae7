package org.iclsweep.sweep.trial;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was measured of a trial, whatever the kind of its sweep. */
public sealed interface MeasuredTrial extends TrialOutcome
        permits TrialResult, InfluenceResult, OrderResult, SelectionResult, MetaOptimizerResult {
    /** Which demonstrations it was shown. */
    SetIdentity set();

    /** The length of the context. */
    long contextTokens();

    /** How many queries were asked. */
    long queries();

    List<Flag> flags();

    /** The largest absolute difference of logits in the re-check at float64; null if not audited. */
    @Nullable Double auditError();

    /** This trial's share of its batch. */
    TrialResult.Seconds seconds();
}
