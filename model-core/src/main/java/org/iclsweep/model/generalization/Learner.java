package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/** The models of R runs in one set of arrays, each with a leading dimension of runs. No run sees another. */
sealed interface Learner extends AutoCloseable permits OneLayerModels, MultiLayerModels {
    /**
     * What models make of prompts.
     *
     * @param output F [R, N]
     * @param attention of the query on the context slots, layer by layer, over all heads [R, N, l]
     */
    record Answered(NDArray output, List<NDArray> attention) {}

    /** A scope for one batch, to be closed by the caller. */
    NDManager newBatch();

    /** Whether the query stands among the context slots that prompts are made of. */
    boolean readsQueryInContext();

    /** The answers to prompts, owned by their manager. */
    Answered answer(PromptArrays prompts);

    /**
     * One step of gradient descent on the mean hinge loss of each run's prompts.
     *
     * @param learning 1 for runs that learn, 0 for those that do not any more
     * @return the loss of each run before the step
     */
    double[] step(PromptArrays prompts, double[] learning, int step);

    @Override
    void close();

    /**
     * An array with memory of its own, to be kept and updated. One that is made of Java's shares it and gives it back
     * when it is closed; so does a conversion to the type that it has already.
     */
    static NDArray constant(NDManager manager, double[] values, Shape shape, DataType type) {
        try (NDArray shared = manager.create(values, shape)) {
            return type == DataType.FLOAT64 ? shared.duplicate() : shared.toType(type, true);
        }
    }

    /** max(0, 1 − z F) [R, N]. */
    static NDArray hinge(NDArray output, NDArray label) {
        return output.mul(label).neg().add(1).maximum(0);
    }
}
