package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.training.Trainer;

/** The loss of gradient descent on a demonstration: its mean over all tokens but the first. */
public enum Descent {
    /** The loss of the model's own logits, through all layers. */
    END_TO_END((leaves, pass, rows, positions, next) ->
            Trainer.crossEntropy(leaves.logitsAt(pass, rows, positions), next)),
    /**
     * Layer-causal gradient descent (arXiv:2311.07772): every layer descends the loss of the logits that the final norm
     * and the head make of its own output, and no gradient passes from layer to layer; as in a forward pass, a layer
     * knows nothing of those above it. The loss is the sum over layers.
     */
    LAYER_CAUSAL((leaves, pass, rows, positions, next) -> leaves.layerLogitsAt(pass, rows, positions).stream()
            .map(logits -> Trainer.crossEntropy(logits, next))
            .reduce(NDArray::add)
            .orElseThrow()),
    /**
     * The loss of the model's own logits, with a gradient that is as long in every layer: the control for
     * {@link #LAYER_CAUSAL}, whose layers learn at other speeds too.
     */
    EQUAL_LAYERS(END_TO_END.loss) {
        @Override
        Map<String, NDArray> steepest(Map<String, NDArray> gradients, Architecture layout, NDManager pass) {
            return equalLayers(gradients, layout, pass);
        }
    };

    final Loss loss;

    Descent(Loss loss) {
        this.loss = loss;
    }

    /** A loss of a model. */
    interface Loss {
        /**
         * @param leaves the model whose tensors collect gradients
         * @param next the tokens that follow {@code positions} of {@code rows}
         */
        NDArray of(LanguageModel leaves, NDManager pass, List<TokenSequence> rows, int[][] positions, NDArray next);
    }

    /** The direction of a step, from the {@code gradients} of the loss by the names of their tensors. */
    Map<String, NDArray> steepest(Map<String, NDArray> gradients, Architecture layout, NDManager pass) {
        return gradients;
    }

    /**
     * A gradient that is as long in every layer: g_l becomes g_l ‖g‖ / (√L ‖g_l‖), where g is what all L layers have of
     * it. Its length stays, and its direction within a layer; only how a step is shared among layers is taken away.
     * Tensors of no layer stay as they are, and so does a layer that has no gradient.
     */
    private static Map<String, NDArray> equalLayers(
            Map<String, NDArray> gradients, Architecture layout, NDManager scope) {
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
