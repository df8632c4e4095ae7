package org.iclsweep.sweep.experiment.tuning;

import java.util.List;
import org.iclsweep.model.conversion.TuningStart;
import org.iclsweep.sweep.experiment.grid.Score;
import org.jspecify.annotations.Nullable;

/**
 * States tuned from several starts, beside the run without demonstrations and the prompted run.
 *
 * @param convertedError the largest |logit after the converted start − prompted logit| over where answers are read
 * @param parameters numbers of a state that are tuned
 */
public record StateTuningResult(
        Score zeroShot, Score prompted, double convertedError, long parameters, List<Measurement> measurements) {
    public StateTuningResult {
        measurements = List.copyOf(measurements);
    }

    /** One tuning: its start, its examples, its learning rate and its seed. */
    record Course(TuningStart start, int examples, double learningRate, long seed) {}

    /**
     * A state after some steps.
     *
     * @param trainingLoss on the examples of the next step; null where it is not finite
     * @param score of the queries; null where the loss is not finite
     */
    record Measurement(
            Course course,
            int step,
            @Nullable Double trainingLoss,
            @Nullable Score score) {
        static Measurement of(Course course, int step, double trainingLoss, Score score) {
            return new Measurement(
                    course,
                    step,
                    Double.isFinite(trainingLoss) ? (Double) trainingLoss : null,
                    score.isFinite() ? score : null);
        }
    }
}
