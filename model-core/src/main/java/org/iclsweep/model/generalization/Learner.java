package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/** The models of R runs in one set of arrays, each with a leading dimension of runs. No run sees another. */
sealed interface Learner extends AutoCloseable permits OneLayerModels, MultiLayerModels {
    /**
     * A forward pass.
     *
     * @param output F [R, N]
     * @param attention of the query on the context slots, layer by layer, over all heads [R, N, l]
     */
    record Forward(NDArray output, List<NDArray> attention) {}

    /** A scope for one batch, to be closed by the caller. */
    NDManager newBatch();

    /** True if the query is the last of a prompt's context slots. */
    boolean readsQueryInContext();

    /** The forward pass over prompts, owned by their manager. */
    Forward forward(PromptArrays prompts);

    /**
     * One step of gradient descent on the mean hinge loss of each run's prompts.
     *
     * @param learning 1 for runs that learn, 0 for those that have stopped
     * @return the loss of each run before the step
     */
    double[] step(PromptArrays prompts, double[] learning, int step);

    @Override
    void close();

    /** max(0, 1 − z F) [R, N]. */
    static NDArray hinge(NDArray output, NDArray label) {
        return output.mul(label).neg().add(1).maximum(0);
    }
}
