package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2), in the order of operations
 * of PyTorch's:
 *
 * <pre>
 *   θ ← θ (1 − η λ);  m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 *
 * Everything is updated in place. The moments belong to the manager that is given.
 */
public final class AdamW {
    private final OptimizerSettings settings;
    private final Map<String, NDArray> means = new LinkedHashMap<>();
    private final Map<String, NDArray> squares = new LinkedHashMap<>();

    public AdamW(OptimizerSettings settings, Map<String, NDArray> weights, NDManager manager) {
        this.settings = settings;
        weights.forEach((name, weight) -> {
            means.put(name, manager.zeros(weight.getShape(), weight.getDataType()));
            squares.put(name, manager.zeros(weight.getShape(), weight.getDataType()));
        });
    }

    /** First moments m by the names of the weights. */
    Map<String, NDArray> means() {
        return means;
    }

    /** Second moments v by the names of the weights. */
    Map<String, NDArray> squares() {
        return squares;
    }

    /**
     * One update of {@code weights}, whose gradients have been scaled already.
     *
     * @param step of {@code steps}, from 0
     */
    public void update(Map<String, NDArray> weights, Map<String, NDArray> gradients, long step, long steps) {
        double correction1 = 1 - Math.pow(settings.beta1(), step + 1.0);
        double correction2 = Math.sqrt(1 - Math.pow(settings.beta2(), step + 1.0));
        weights.forEach((name, weight) -> {
            double rate = settings.rate(name, step, steps);
            double decay = settings.decay(name, weight.getShape().dimension());
            try (NDManager scope = weight.getManager().newSubManager()) {
                NDArray gradient = of(gradients, name);
                gradient.attach(scope);
                NDArray mean = of(means, name);
                NDArray square = of(squares, name);
                mean.muli(settings.beta1()).addi(gradient.mul(1 - settings.beta1()));
                square.muli(settings.beta2()).addi(gradient.mul(gradient).muli(1 - settings.beta2()));
                NDArray denominator = square.sqrt();
                denominator.attach(scope);
                denominator.divi(correction2).addi(settings.epsilon());
                NDArray change = mean.div(denominator);
                change.attach(scope);
                weight.muli(1 - rate * decay).subi(change.muli(rate / correction1));
            }
        });
    }

    private static NDArray of(Map<String, NDArray> arrays, String name) {
        return Objects.requireNonNull(arrays.get(name), name);
    }
}
