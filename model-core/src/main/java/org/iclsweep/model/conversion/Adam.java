package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Adam (arXiv:1412.6980, algorithm 1), entry by entry, so that what stands in one row of a tensor knows nothing of the
 * others:
 *
 * <pre>
 *   m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 */
final class Adam {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;

    /**
     * ε, smaller than usual: a loss that is relative, and may become small, has small gradients. Only what is nothing
     * but rounding shall not be taken for one.
     */
    private static final double EPSILON = 1e-12;

    private final double rate;
    private final Map<String, NDArray> means = new LinkedHashMap<>();
    private final Map<String, NDArray> squares = new LinkedHashMap<>();
    private int steps;

    /**
     * @param rate η
     * @param tensors that are to be updated
     * @param manager of the moments
     */
    Adam(double rate, Map<String, NDArray> tensors, NDManager manager) {
        this.rate = rate;
        tensors.forEach((name, tensor) -> {
            means.put(name, manager.zeros(tensor.getShape(), tensor.getDataType()));
            squares.put(name, manager.zeros(tensor.getShape(), tensor.getDataType()));
        });
    }

    /** One update of {@code tensors}, in place. */
    void update(Map<String, NDArray> tensors, Map<String, NDArray> gradients) {
        steps++;
        double correction1 = 1 - Math.pow(BETA1, steps);
        double correction2 = Math.sqrt(1 - Math.pow(BETA2, steps));
        tensors.forEach((name, tensor) -> {
            try (NDManager scope = tensor.getManager().newSubManager()) {
                NDArray gradient = of(gradients, name);
                gradient.attach(scope);
                NDArray mean = of(means, name);
                NDArray square = of(squares, name);
                mean.muli(BETA1).addi(gradient.mul(1 - BETA1));
                square.muli(BETA2).addi(gradient.mul(gradient).muli(1 - BETA2));
                NDArray deviation = square.sqrt();
                deviation.attach(scope);
                NDArray change = mean.div(deviation.divi(correction2).addi(EPSILON));
                change.attach(scope);
                tensor.subi(change.muli(rate / correction1));
            }
        });
    }

    private static NDArray of(Map<String, NDArray> arrays, String name) {
        return Objects.requireNonNull(arrays.get(name), name);
    }
}
