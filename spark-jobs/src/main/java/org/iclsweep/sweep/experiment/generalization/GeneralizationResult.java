package org.iclsweep.sweep.experiment.generalization;

import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a training.
 *
 * @param outcome its measures; null if it could not be run
 * @param errorCode why it failed; null if it did not
 * @param seconds its share of its batch's time; null if it could not be run
 */
public record GeneralizationResult(
        GeneralizationTrial trial,
        @Nullable RunOutcome outcome,
        @Nullable ErrorCode errorCode,
        @Nullable String errorMessage,
        @Nullable Double seconds)
        implements TrialOutcome {}
