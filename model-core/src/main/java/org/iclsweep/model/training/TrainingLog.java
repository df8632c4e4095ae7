package org.iclsweep.model.training;

/**
 * A listener to the log of a training: the points of its learning curve as they are written, rounded to five digits.
 */
public interface TrainingLog {
    /** No listener. */
    TrainingLog NONE = new TrainingLog() {};

    /**
     * The means since the previous point.
     *
     * @param step updates done
     * @param loss mean cross-entropy, in nats
     * @param accuracy share of correct targets
     * @param gradientNorm of the last step, before clipping
     * @param learningRate of the last step
     */
    record Point(long step, double loss, double accuracy, double gradientNorm, double learningRate) {}

    default void trained(Point point) {}

    /** A score on what is not trained on. */
    default void validated(long step, double score) {}
}
