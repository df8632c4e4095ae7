package org.iclsweep.sweep.experiment.training;

import org.iclsweep.sweep.run.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * A point of a learning curve.
 *
 * @param loss mean cross-entropy since the last point, in nats; null at a validation and where the training diverged
 * @param evaluated an evaluation after the last step; null elsewhere
 * @param errorCode null unless the training ended here
 */
public record CurvePoint(
        long step,
        @Nullable Double loss,
        @Nullable Double accuracy,
        @Nullable Double validation,
        @Nullable Double gradientNorm,
        @Nullable Double learningRate,
        @Nullable Evaluated evaluated,
        @Nullable ErrorCode errorCode,
        @Nullable String errorMessage) {

    /**
     * The result of a trained model on something that it was not trained on.
     *
     * @param of {@code windows} or {@code repeated} of held-out text, or a task's name
     * @param context tokens of a window, or demonstrations
     * @param loss mean cross-entropy, in nats per token; null for a task
     * @param accuracy the part of tokens or queries that were right
     */
    public record Evaluated(
            String of, long context, @Nullable Double loss, double accuracy) {}

    static CurvePoint trained(long step, double loss, double accuracy, double gradientNorm, double learningRate) {
        return new CurvePoint(step, loss, accuracy, null, gradientNorm, learningRate, null, null, null);
    }

    static CurvePoint validated(long step, double validation) {
        return new CurvePoint(step, null, null, validation, null, null, null, null, null);
    }

    static CurvePoint evaluated(long step, Evaluated evaluated) {
        return new CurvePoint(step, null, null, null, null, null, evaluated, null, null);
    }

    static CurvePoint failed(long step, ErrorCode code, String message) {
        return new CurvePoint(step, null, null, null, null, null, null, code, message);
    }
}
