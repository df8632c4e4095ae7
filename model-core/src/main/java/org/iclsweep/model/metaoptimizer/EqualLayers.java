package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.tensor.Parameters;

/**
 * A gradient that is as long in every layer: g_l becomes g_l ‖g‖ / (√L ‖g_l‖), where g is what all L layers have of it.
 * Its length stays, and its direction within a layer; only how a step is shared among layers is taken away. What
 * belongs to no layer stays as it is, and so does a layer that has no gradient.
 */
final class EqualLayers {
    private EqualLayers() {}

    /** {@code gradients} by the names of their tensors; owned by {@code scope}. */
    static Map<String, NDArray> of(Map<String, NDArray> gradients, Architecture layout, NDManager scope) {
        Map<String, Integer> layers = new LinkedHashMap<>();
        gradients.keySet().forEach(name -> layout.layerOf(name).ifPresent(layer -> layers.put(name, layer)));
        double[] squares = new double[layout.dimensions().layers()];
        layers.forEach((name, layer) -> squares[layer] +=
                TrainedBlock.sumOfSquares(Parameters.of(gradients).get(name)));
        double share = Math.sqrt(Arrays.stream(squares).average().orElse(0));
        Map<String, NDArray> equal = new LinkedHashMap<>();
        gradients.forEach((name, gradient) -> {
            double square = layers.containsKey(name) ? squares[layers.get(name)] : 0;
            NDArray scaled = square > 0 ? gradient.mul(share / Math.sqrt(square)) : gradient;
            scaled.attach(scope);
            equal.put(name, scaled);
        });
        return equal;
    }
}
