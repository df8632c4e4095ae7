package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.OwnedArrays;

/** The state before the first step of {@link StateTuning}. */
public enum TuningStart {
    /** That without a context. */
    ZERO,
    /** That after a context. */
    CONVERTED,
    /** Gaussian numbers, every tensor as long as that after the context: |b| is equal, tensor by tensor. */
    RANDOM;

    private static final long STREAM = 2;

    /**
     * This start, owned by {@code scope}.
     *
     * @param bare the state without the context [1, ...]
     * @param converted the state after the context [1, ...]
     * @param seed of a random start
     */
    public ContextState of(LanguageModel model, ContextState bare, ContextState converted, long seed, NDManager scope) {
        return switch (this) {
            case ZERO -> bare.copied(scope);
            case CONVERTED -> converted.copied(scope);
            case RANDOM -> converted.with(random(model, converted, seed, scope)).copied(scope);
        };
    }

    private static Map<String, NDArray> random(
            LanguageModel model, ContextState converted, long seed, NDManager scope) {
        Map<String, NDArray> random = new LinkedHashMap<>();
        ContextDistillation.trained(model, converted).forEach((name, tensor) -> {
            double[] drawn =
                    RandomStream.of(seed, STREAM, Digest.key(Digest.of(name))).nextGaussians((int) tensor.size());
            double factor = length(Doubles.of(tensor)) / length(drawn);
            double[] scaled = Arrays.stream(drawn).map(x -> x * factor).toArray();
            random.put(name, OwnedArrays.of(scope, scaled, tensor.getShape(), model.type()));
        });
        return random;
    }

    private static double length(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
    }
}
