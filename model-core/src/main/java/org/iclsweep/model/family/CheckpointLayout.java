package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.mixer.Assumption;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Parameters;

/** How a model type arranges its parts, and what its checkpoints call them. */
public interface CheckpointLayout {
    /** The model types that are known. */
    List<String> MODEL_TYPES = List.of(
            LinearLlamaLayout.MODEL_TYPE,
            GatedDeltaNetLayout.MODEL_TYPE,
            NormedLinearLayout.MODEL_TYPE,
            RetNetLayout.MODEL_TYPE,
            GatedLinearAttentionLayout.MODEL_TYPE,
            DeltaNetLayout.MODEL_TYPE,
            Mamba2Layout.MODEL_TYPE,
            RwkvLayout.RWKV_6,
            RwkvLayout.RWKV_7,
            LlamaLayout.LLAMA,
            LlamaLayout.MISTRAL,
            Gpt2Layout.MODEL_TYPE);

    /** The layout that a config.json's {@code model_type} names. */
    static CheckpointLayout of(JsonNode config) {
        String type = config.path("model_type").asText("");
        return switch (type) {
            case LinearLlamaLayout.MODEL_TYPE -> LinearLlamaLayout.of(config);
            case GatedDeltaNetLayout.MODEL_TYPE -> GatedDeltaNetLayout.of(config);
            case GatedLinearAttentionLayout.MODEL_TYPE -> GatedLinearAttentionLayout.of(config);
            case NormedLinearLayout.MODEL_TYPE -> NormedLinearLayout.of(config);
            case RetNetLayout.MODEL_TYPE -> RetNetLayout.of(config);
            case DeltaNetLayout.MODEL_TYPE -> DeltaNetLayout.of(config);
            case Mamba2Layout.MODEL_TYPE -> Mamba2Layout.of(config);
            case RwkvLayout.RWKV_6 -> RwkvLayout.sixth(config);
            case RwkvLayout.RWKV_7 -> RwkvLayout.seventh(config);
            case LlamaLayout.LLAMA -> LlamaLayout.llama(config);
            case LlamaLayout.MISTRAL -> LlamaLayout.mistral(config);
            case Gpt2Layout.MODEL_TYPE -> Gpt2Layout.of(config);
            default ->
                throw new ModelException(
                        "model_type \"" + type + "\" is not known; known are " + String.join(", ", MODEL_TYPES));
        };
    }

    /** This layout with the names of {@code weights}, for model types whose names are written in more than one way. */
    default CheckpointLayout named(Weights weights) {
        return this;
    }

    /** The sizes that every model has. */
    Dimensions dimensions();

    /** Name of the token embeddings [V, D]. */
    String embedding();

    /** Learned absolute positions, where there are any. */
    default Optional<LearnedPositions> learnedPositions() {
        return Optional.empty();
    }

    /** The norm that replaces the embeddings before the first block, where there is one. */
    default Optional<Norm> embeddingNorm() {
        return Optional.empty();
    }

    /** The norm before the head. */
    Norm finalNorm();

    /** The residual branches of a block: each adds its output to the stream. */
    List<ResidualBranch> block(int layer);

    /**
     * @param vocabulary V
     * @param hiddenSize D
     * @param layers number of blocks
     * @param tied whether the head is the embedding
     * @param inputSize size of vector inputs, 0 where only tokens are read
     * @param outputSize size of the regression read-out, 0 where logits are
     */
    record Dimensions(int vocabulary, int hiddenSize, int layers, boolean tied, int inputSize, int outputSize) {}

    /**
     * Embeddings of absolute positions, which are added to those of the tokens. They break what a conversion otherwise
     * rests on, that inserting a context before a query changes nothing between the query's own tokens (assumption 4.3
     * of arXiv:2406.02847): the state has to say how many positions the context took, and the query goes on behind
     * them.
     *
     * @param table name of the embeddings [P, D]
     * @param taken name of the number of positions that a converted context took [1]
     * @param count P
     */
    record LearnedPositions(String table, String taken, int count) {
        Assumption.Broken broken() {
            return new Assumption.Broken(
                    Assumption.RELATIVE_POSITIONS,
                    "positions are learned (" + table + ") and absolute, so a query cannot start at 0 again",
                    "the method full-cache, which keeps how many positions the context took and is exact");
        }
    }

    /** A part of a block: h += function(norm(h)); the tensors of the function stand below {@code module}. */
    record ResidualBranch(Norm norm, String module, BlockFunction function) {}

    /** What stands in a residual branch. */
    sealed interface BlockFunction {
        /** The tensors that it needs, by their names below its module. */
        Map<String, Shape> parameterShapes(int hiddenSize);
    }

    /** A token mixer. */
    record Mixing(TokenMixer mixer) implements BlockFunction {
        @Override
        public Map<String, Shape> parameterShapes(int hiddenSize) {
            return mixer.parameterShapes();
        }
    }

    /** A function of each token alone. */
    non-sealed interface FeedForward extends BlockFunction {
        /** The outputs [B, T, D] of normed inputs {@code x} [B, T, D]. */
        NDArray apply(NDArray x, Parameters parameters);
    }

    /** Every tensor that a checkpoint must have, with its shape. */
    default Map<String, Shape> parameterShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        Dimensions d = dimensions();
        shapes.put(embedding(), new Shape(d.vocabulary(), d.hiddenSize()));
        if (d.inputSize() > 0) {
            shapes.put(VECTOR_INPUTS, new Shape(d.hiddenSize(), d.inputSize()));
        }
        learnedPositions()
                .ifPresent(positions -> shapes.put(positions.table(), new Shape(positions.count(), d.hiddenSize())));
        embeddingNorm().ifPresent(norm -> shapes.putAll(norm.parameterShapes(d.hiddenSize())));
        for (int layer = 0; layer < d.layers(); layer++) {
            for (ResidualBranch branch : block(layer)) {
                shapes.putAll(branch.norm().parameterShapes(d.hiddenSize()));
                branch.function()
                        .parameterShapes(d.hiddenSize())
                        .forEach((name, shape) -> shapes.put(branch.module() + "." + name, shape));
            }
        }
        shapes.putAll(finalNorm().parameterShapes(d.hiddenSize()));
        if (d.outputSize() > 0) {
            shapes.put(READOUT, new Shape(d.outputSize(), d.hiddenSize()));
        } else if (!d.tied()) {
            shapes.put(HEAD, new Shape(d.vocabulary(), d.hiddenSize()));
        }
        return shapes;
    }

    /** Other names that a checkpoint may hold a tensor under, by the names that the model reads. */
    default Map<String, String> otherNames() {
        Map<String, String> names = new LinkedHashMap<>();
        for (int layer = 0; layer < dimensions().layers(); layer++) {
            for (ResidualBranch branch : block(layer)) {
                if (branch.function() instanceof Mixing mixing) {
                    String module = branch.module() + ".";
                    mixing.mixer().otherNames().forEach((name, other) -> names.put(module + name, module + other));
                }
            }
        }
        return names;
    }

    /** The token mixers by the modules that their tensors stand below, first layer first. */
    default Map<String, TokenMixer> mixers() {
        Map<String, TokenMixer> mixers = new LinkedHashMap<>();
        for (int layer = 0; layer < dimensions().layers(); layer++) {
            for (ResidualBranch branch : block(layer)) {
                if (branch.function() instanceof Mixing mixing) {
                    mixers.put(branch.module(), mixing.mixer());
                }
            }
        }
        return mixers;
    }

    /** The declarations of the state tensors of one context, first layer first. */
    default StateLayout state() {
        Map<String, List<StateTensor>> declared = new LinkedHashMap<>();
        learnedPositions()
                .ifPresent(positions ->
                        declared.put("", List.of(StateTensor.of(positions.taken(), StateTensor.Role.COUNTER, 1))));
        mixers().forEach((module, mixer) -> declared.put(module, mixer.stateTensors()));
        return StateLayout.of(declared);
    }

    /** The layer that a tensor belongs to; empty for embeddings, head and final norm. */
    default OptionalInt layerOf(String tensor) {
        int hidden = dimensions().hiddenSize();
        return IntStream.range(0, dimensions().layers())
                .filter(layer -> block(layer).stream()
                        .anyMatch(branch -> tensor.startsWith(branch.module() + ".")
                                || branch.norm().parameterShapes(hidden).containsKey(tensor)))
                .findFirst();
    }

    /** The name below which the tensors of a layer's feed-forward part stand. */
    default String feedForwardModule(int layer) {
        return block(layer).stream()
                .filter(branch -> branch.function() instanceof FeedForward)
                .map(ResidualBranch::module)
                .findFirst()
                .orElseThrow();
    }

    /** The assumptions of exact conversion that this model breaks, each once. */
    default List<Assumption.Broken> broken() {
        List<Assumption.Broken> broken = new ArrayList<>();
        for (int layer = 0; layer < dimensions().layers(); layer++) {
            for (ResidualBranch branch : block(layer)) {
                if (branch.function() instanceof Mixing mixing) {
                    mixing.mixer().broken().filter(one -> !broken.contains(one)).ifPresent(broken::add);
                }
            }
        }
        learnedPositions().ifPresent(positions -> broken.add(positions.broken()));
        return broken;
    }

    /** Tensors that a checkpoint may have besides: biases of projections and convolutions. */
    default Map<String, Shape> optionalShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        parameterShapes().forEach((name, shape) -> {
            if (name.endsWith("_proj.weight") || name.endsWith("_conv1d.weight")) {
                shapes.put(name.replaceAll("weight$", "bias"), new Shape(shape.get(0)));
            }
        });
        return shapes;
    }

    /** Name of the untied head [V, D]. */
    String HEAD = "lm_head.weight";

    /** Name of the map from vector inputs to embeddings [D, inputSize]. */
    String VECTOR_INPUTS = "model.embed_inputs.weight";

    /** Name of the regression read-out [outputSize, D]. */
    String READOUT = "model.readout.weight";
}
