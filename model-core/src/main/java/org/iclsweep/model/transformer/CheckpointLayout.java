package org.iclsweep.model.transformer;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.mixer.TokenMixer;

/** How a model type arranges its parts, and what its checkpoints call them. */
public interface CheckpointLayout {

    /** The layout that a config.json's {@code model_type} names. */
    static CheckpointLayout of(JsonNode config) {
        String type = config.path("model_type").asText("");
        return switch (type) {
            case LinearLlamaLayout.MODEL_TYPE -> LinearLlamaLayout.of(config);
            case GatedDeltaNetLayout.MODEL_TYPE -> GatedDeltaNetLayout.of(config);
            default ->
                throw new ModelException("model_type \"" + type + "\" is not known; known are "
                        + LinearLlamaLayout.MODEL_TYPE + ", " + GatedDeltaNetLayout.MODEL_TYPE);
        };
    }

    /** The sizes that every model has. */
    Dimensions dimensions();

    /** Name of the token embeddings [V, D]. */
    String embedding();

    /** Name of the final norm's module. */
    String finalNorm();

    /** The residual branches of a block: each adds its output to the stream. */
    List<ResidualBranch> block(int layer);

    /**
     * @param vocabulary V
     * @param hiddenSize D
     * @param layers number of blocks
     * @param normEpsilon of all norms of the stream
     * @param tied whether the head is the embedding
     * @param inputSize size of vector inputs, 0 where only tokens are read
     * @param outputSize size of the regression read-out, 0 where logits are
     */
    record Dimensions(
            int vocabulary,
            int hiddenSize,
            int layers,
            double normEpsilon,
            boolean tied,
            int inputSize,
            int outputSize) {}

    /** A part of a block: h += function(norm(h)). */
    record ResidualBranch(String norm, String module, BlockFunction function) {}

    /** What stands in a residual branch. */
    sealed interface BlockFunction {}

    /** A token mixer. */
    record Mixing(TokenMixer mixer) implements BlockFunction {}

    /** down(silu(gate x) ⊙ up x) with {@code size} inner units. */
    record GatedFeedForward(int size) implements BlockFunction {}

    /** Every tensor that a checkpoint must have, with its shape. */
    default Map<String, Shape> parameterShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        Dimensions d = dimensions();
        shapes.put(embedding(), new Shape(d.vocabulary(), d.hiddenSize()));
        if (d.inputSize() > 0) {
            shapes.put(VECTOR_INPUTS, new Shape(d.hiddenSize(), d.inputSize()));
        }
        for (int layer = 0; layer < d.layers(); layer++) {
            for (ResidualBranch branch : block(layer)) {
                shapes.put(branch.norm() + ".weight", new Shape(d.hiddenSize()));
                shapes(branch, d.hiddenSize())
                        .forEach((name, shape) -> shapes.put(branch.module() + "." + name, shape));
            }
        }
        shapes.put(finalNorm() + ".weight", new Shape(d.hiddenSize()));
        if (d.outputSize() > 0) {
            shapes.put(READOUT, new Shape(d.outputSize(), d.hiddenSize()));
        } else if (!d.tied()) {
            shapes.put(HEAD, new Shape(d.vocabulary(), d.hiddenSize()));
        }
        return shapes;
    }

    /** Every bias tensor that one context leaves behind, with its shape. */
    default Map<String, Shape> stateShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (int layer = 0; layer < dimensions().layers(); layer++) {
            for (ResidualBranch branch : block(layer)) {
                if (branch.function() instanceof Mixing mixing) {
                    mixing.mixer()
                            .stateShapes()
                            .forEach((name, shape) -> shapes.put(branch.module() + "." + name, shape));
                }
            }
        }
        return shapes;
    }

    private static Map<String, Shape> shapes(ResidualBranch branch, int hiddenSize) {
        if (branch.function() instanceof Mixing mixing) {
            return mixing.mixer().parameterShapes();
        }
        int size = ((GatedFeedForward) branch.function()).size();
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("gate_proj.weight", new Shape(size, hiddenSize));
        shapes.put("up_proj.weight", new Shape(size, hiddenSize));
        shapes.put("down_proj.weight", new Shape(hiddenSize, size));
        return shapes;
    }

    /** Name of the untied head [V, D]. */
    String HEAD = "lm_head.weight";

    /** Name of the map from vector inputs to embeddings [D, inputSize]. */
    String VECTOR_INPUTS = "model.embed_inputs.weight";

    /** Name of the regression read-out [outputSize, D]. */
    String READOUT = "model.readout.weight";
}
