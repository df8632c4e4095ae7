package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.iclsweep.model.tensor.AdamMoments;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2): {@link AdamMoments} with the
 * rate and the decay that {@link OptimizerSettings} have for each weight and step. Everything is updated in place. The
 * moments belong to the manager that is given.
 */
public final class AdamW {
    private final OptimizerSettings settings;
    private final Set<String> decayed;
    private final AdamMoments moments;

    /** @param decayed names of the weights that decay */
    public AdamW(OptimizerSettings settings, Map<String, NDArray> weights, Set<String> decayed, NDManager manager) {
        this.settings = settings;
        this.decayed = Set.copyOf(decayed);
        this.moments = new AdamMoments(settings.beta1(), settings.beta2(), settings.epsilon(), weights, manager);
    }

    /** First moments m by the names of the weights. */
    Map<String, NDArray> means() {
        return moments.means();
    }

    /** Second moments v by the names of the weights. */
    Map<String, NDArray> squares() {
        return moments.squares();
    }

    /**
     * One update of {@code weights}, whose gradients have been scaled already.
     *
     * @param step of {@code steps}, from 0
     */
    public void update(Map<String, NDArray> weights, Map<String, NDArray> gradients, long step, long steps) {
        weights.forEach((name, weight) -> {
            double rate = settings.rate(name, step, steps);
            double decay = decayed.contains(name) ? settings.decay(name) : 0;
            NDArray gradient = Objects.requireNonNull(gradients.get(name), name);
            moments.update(name, weight, gradient, step + 1, rate, decay);
        });
    }
}
