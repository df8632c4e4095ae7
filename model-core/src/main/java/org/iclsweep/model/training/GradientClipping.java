package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import org.iclsweep.model.tensor.Doubles;

/** Clipping by the global norm (Pascanu, Mikolov and Bengio, arXiv:1211.5063, algorithm 1). */
final class GradientClipping {
    private GradientClipping() {}

    /** √Σ g² over all tensors, summed in float64 in their order; the gradients pass to {@code batch}. */
    static double norm(NDManager batch, Map<String, NDArray> gradients) {
        double sum = 0;
        for (NDArray gradient : gradients.values()) {
            gradient.attach(batch);
            sum += Doubles.scalar(gradient.mul(gradient).sum());
        }
        return Math.sqrt(sum);
    }

    /** Scales {@code gradients} in place so that a {@code norm} above {@code most} becomes that. */
    static void scale(Map<String, NDArray> gradients, double norm, double most) {
        if (norm > most) {
            gradients.values().forEach(gradient -> gradient.muli(most / norm));
        }
    }
}
