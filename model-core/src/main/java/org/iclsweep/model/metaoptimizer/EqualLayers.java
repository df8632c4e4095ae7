package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.iclsweep.model.transformer.CheckpointLayout;

/**
 * A gradient that is as long in every layer: g_l becomes g_l ‖g‖ / (√L ‖g_l‖), where g is what all L layers have of it.
 * Its length stays, and its direction within a layer; only how a step is shared among layers is taken away. What
 * belongs to no layer stays as it is, and so does a layer that has no gradient.
 */
final class EqualLayers {
    private EqualLayers() {}

    /** {@code gradients} by the names of their tensors; owned by {@code scope}. */
    static Map<String, NDArray> of(Map<String, NDArray> gradients, CheckpointLayout layout, NDManager scope) {
        double[] squares = new double[layout.dimensions().layers()];
        gradients.forEach(
                (name, gradient) -> layout.layerOf(name).ifPresent(layer -> squares[layer] += square(gradient)));
        double share = Math.sqrt(Arrays.stream(squares).average().orElse(0));
        Map<String, NDArray> equal = new LinkedHashMap<>();
        gradients.forEach((name, gradient) -> {
            OptionalInt layer = layout.layerOf(name);
            boolean moves = layer.isPresent() && squares[layer.getAsInt()] > 0;
            NDArray scaled = moves ? gradient.mul(share / Math.sqrt(squares[layer.getAsInt()])) : gradient;
            scaled.attach(scope);
            equal.put(name, scaled);
        });
        return equal;
    }

    private static double square(NDArray gradient) {
        try (NDManager scope = gradient.getManager().newSubManager()) {
            NDArray exact = gradient.toType(DataType.FLOAT64, true);
            exact.attach(scope);
            NDArray squares = exact.mul(exact);
            squares.attach(scope);
            NDArray sum = squares.sum();
            sum.attach(scope);
            return sum.getDouble();
        }
    }
}
