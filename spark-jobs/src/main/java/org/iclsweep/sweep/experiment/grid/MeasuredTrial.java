package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/** The measures of a trial, whatever the kind of its sweep. */
public interface MeasuredTrial extends TrialOutcome {
    /** Which demonstrations it was shown. */
    SetIdentity set();

    /** The length of the context. */
    long contextTokens();

    /** Number of queries. */
    long queries();

    List<Flag> flags();

    /** The largest absolute difference of logits in the re-check at float64; null if not audited. */
    @Nullable Double auditError();

    /** This trial's share of its batch. */
    Seconds seconds();
}
