package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.training.Trainer;

/** The loss of gradient descent on a demonstration: its mean over all tokens but the first. */
public enum Descent {
    /** The loss of the model's own logits, through all layers. */
    END_TO_END {
        @Override
        NDArray loss(LanguageModel leaves, NDManager pass, List<TokenSequence> rows, int[][] positions, NDArray next) {
            return Trainer.crossEntropy(leaves.logitsAt(pass, rows, positions), next);
        }
    },
    /**
     * Layer-causal gradient descent (arXiv:2311.07772): every layer descends the loss of the logits that the final norm
     * and the head make of its own output, and no gradient passes from layer to layer; as in a forward pass, a layer
     * knows nothing of those above it. The loss is the sum over layers.
     */
    LAYER_CAUSAL {
        @Override
        NDArray loss(LanguageModel leaves, NDManager pass, List<TokenSequence> rows, int[][] positions, NDArray next) {
            return leaves.layerLogitsAt(pass, rows, positions).stream()
                    .map(logits -> Trainer.crossEntropy(logits, next))
                    .reduce(NDArray::add)
                    .orElseThrow();
        }
    },
    /**
     * The loss of the model's own logits, with a gradient that is as long in every layer ({@link EqualLayers}): the
     * control for {@link #LAYER_CAUSAL}, whose layers learn at other speeds too.
     */
    EQUAL_LAYERS {
        @Override
        NDArray loss(LanguageModel leaves, NDManager pass, List<TokenSequence> rows, int[][] positions, NDArray next) {
            return END_TO_END.loss(leaves, pass, rows, positions, next);
        }

        @Override
        Map<String, NDArray> steepest(Map<String, NDArray> gradients, Architecture layout, NDManager pass) {
            return EqualLayers.of(gradients, layout, pass);
        }
    };

    /**
     * @param leaves the model whose tensors collect gradients
     * @param next the tokens that follow {@code positions} of {@code rows}
     */
    abstract NDArray loss(
            LanguageModel leaves, NDManager pass, List<TokenSequence> rows, int[][] positions, NDArray next);

    /** The direction of a step, from the {@code gradients} of the loss by the names of their tensors. */
    Map<String, NDArray> steepest(Map<String, NDArray> gradients, Architecture layout, NDManager pass) {
        return gradients;
    }
}
