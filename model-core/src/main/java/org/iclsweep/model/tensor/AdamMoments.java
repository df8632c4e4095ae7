package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The moments of Adam (arXiv:1412.6980, algorithm 1) with decoupled weight decay (arXiv:1711.05101, algorithm 2), in
 * the order of operations of PyTorch's:
 *
 * <pre>
 *   θ ← θ (1 − η λ);  m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 *
 * Entry by entry: rows of a tensor know nothing of each other.
 */
public final class AdamMoments {
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final Map<String, NDArray> means = new LinkedHashMap<>();
    private final Map<String, NDArray> squares = new LinkedHashMap<>();

    /** The moments of {@code tensors}, owned by {@code manager}; {@code epsilon} is ε. */
    public AdamMoments(double beta1, double beta2, double epsilon, Map<String, NDArray> tensors, NDManager manager) {
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        tensors.forEach((name, tensor) -> {
            means.put(name, manager.zeros(tensor.getShape(), tensor.getDataType()));
            squares.put(name, manager.zeros(tensor.getShape(), tensor.getDataType()));
        });
    }

    /** First moments m by the names of the tensors. */
    public Map<String, NDArray> means() {
        return means;
    }

    /** Second moments v by the names of the tensors. */
    public Map<String, NDArray> squares() {
        return squares;
    }

    /**
     * One update of {@code tensor}, in place.
     *
     * @param gradient g; it is freed
     * @param step t, from 1
     * @param rate η
     * @param decay λ
     */
    public void update(String name, NDArray tensor, NDArray gradient, long step, double rate, double decay) {
        double correction1 = 1 - Math.pow(beta1, step);
        double correction2 = Math.sqrt(1 - Math.pow(beta2, step));
        NDArray mean = Objects.requireNonNull(means.get(name), name);
        NDArray square = Objects.requireNonNull(squares.get(name), name);
        try (NDManager scope = tensor.getManager().newSubManager()) {
            gradient.attach(scope);
            mean.muli(beta1).addi(gradient.mul(1 - beta1));
            square.muli(beta2).addi(gradient.mul(gradient).muli(1 - beta2));
            NDArray denominator = square.sqrt();
            denominator.attach(scope);
            denominator.divi(correction2).addi(epsilon);
            NDArray change = mean.div(denominator);
            change.attach(scope);
            tensor.muli(1 - rate * decay).subi(change.muli(rate / correction1));
        }
    }
}
