package org.iclsweep.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.family.ResidualBranch;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.ParameterSpec;

/** Random models of every family, and random tokens for them. */
public final class Models {
    public static final int VOCABULARY = 64;
    /** W of the model types with windows. */
    public static final int WINDOW = 24;

    private static final ObjectMapper JSON = new ObjectMapper();

    private Models() {}

    /** The registered model types whose context leaves a state of fixed size: all but those with plain softmax. */
    public static Stream<String> families() {
        return Families.modelTypes().stream()
                .filter(type -> Architecture.of(of(type, 16, 2)).broken().isEmpty());
    }

    /**
     * Of {@code types}, those that between them have every kind of token mixer and of feed-forward part: what a test of
     * runs, batches and memory can tell apart. All of them with {@code -Dicl.sweep.every-family=true}.
     */
    public static Stream<String> kinds(Stream<String> types) {
        if (Boolean.getBoolean("icl.sweep.every-family")) {
            return types;
        }
        Set<Class<?>> seen = new HashSet<>();
        return types
                .filter(type -> {
                    Architecture architecture = Architecture.of(of(type, 16, 2));
                    List<Class<?>> parts = Stream.concat(
                                    architecture.mixers().values().stream(),
                                    architecture.branches().map(ResidualBranch::function))
                            .<Class<?>>map(Object::getClass)
                            .toList();
                    return seen.addAll(parts);
                })
                .toList()
                .stream();
    }

    /** Those of {@link #families} with every kind of part. */
    public static Stream<String> familiesOfEachKind() {
        return kinds(families());
    }

    /** {@code linear_llama} with elu features, rotary positions and a normaliser. */
    public static ObjectNode linearLlama(int hiddenSize, int layers) {
        return sizes("linear_llama", hiddenSize, layers).put("num_attention_heads", 4);
    }

    /** {@code gated_deltanet} with a gate and short convolutions. */
    public static ObjectNode gatedDeltaNet(int hiddenSize, int layers) {
        return sizes("gated_deltanet", hiddenSize, layers)
                .put("num_heads", 4)
                .put("head_dim", hiddenSize / 4)
                .put("expand_v", 1);
    }

    /** {@code llama}, or {@code mistral} with a window shorter than most contexts. */
    public static ObjectNode softmax(String family, int hiddenSize, int layers) {
        ObjectNode config =
                sizes(family, hiddenSize, layers).put("num_attention_heads", 4).put("num_key_value_heads", 4);
        return family.equals("mistral") ? config.put("sliding_window", WINDOW) : config;
    }

    /** A model of {@code family} (a model type) with its usual options. */
    public static ObjectNode of(String family, int hiddenSize, int layers) {
        return switch (family) {
            case "linear_llama" -> linearLlama(hiddenSize, layers);
            case "gla" -> sizes(family, hiddenSize, layers).put("expand_k", 1).put("use_short_conv", true);
            case "rwkv6" ->
                sizes(family, hiddenSize, layers)
                        .put("expand_k", 1)
                        .put("proj_low_rank_dim", 16)
                        .put("gate_low_rank_dim", 16);
            case "rwkv7" ->
                sizes(family, hiddenSize, layers)
                        .put("head_dim", hiddenSize / 4)
                        .put("decay_low_rank_dim", 16)
                        .put("gate_low_rank_dim", 16)
                        .put("a_low_rank_dim", 16)
                        .put("v_low_rank_dim", 16);
            case "gated_deltanet" -> gatedDeltaNet(hiddenSize, layers);
            case "mamba2" ->
                sizes(family, hiddenSize, layers)
                        .put("head_dim", hiddenSize / 4)
                        .put("state_size", 16)
                        .without("intermediate_size");
            case "nemotron_h" -> nemotronH(hiddenSize, layers);
            case "bamba", "granitemoehybrid", "falcon_h1" -> mambaHybrid(family, hiddenSize, layers);
            case "zamba2" -> zamba2(hiddenSize, layers);
            case "mamba", "falcon_mamba" ->
                sizes(family, hiddenSize, layers)
                        .put("state_size", 8)
                        .put("time_step_rank", 3)
                        .put("tie_word_embeddings", false)
                        .without("intermediate_size");
            case "jamba" ->
                softmax(family, hiddenSize, layers)
                        .put("mamba_d_state", 8)
                        .put("mamba_dt_rank", 3)
                        .put("attn_layer_offset", 7)
                        .put("num_experts", 4);
            case "linear_attn", "retnet", "delta_net", "transformer" ->
                sizes(family, hiddenSize, layers).put("num_heads", 4);
            case "hgrn" -> sizes(family, hiddenSize, layers);
            case "hgrn2" -> sizes(family, hiddenSize, layers).put("expand_ratio", hiddenSize / 4);
            case "gsa" -> sizes(family, hiddenSize, layers).put("num_heads", 4).put("num_slots", 6);
            case "llama", "mistral" -> softmax(family, hiddenSize, layers);
            case "qwen2", "smollm3" -> softmax(family, hiddenSize, layers).put("num_key_value_heads", 2);
            case "qwen3" -> softmax(family, hiddenSize, layers).put("head_dim", hiddenSize / 4);
            case "gemma3_text", "gpt_oss" -> windows(family, hiddenSize, layers);
            case "qwen3_next", "qwen3_5_moe_text", "lara_mini" ->
                experts(linearQwen(family, hiddenSize, layers), hiddenSize);
            case "recurrent_gemma" ->
                softmax(family, hiddenSize, layers)
                        .put("attention_window_size", WINDOW)
                        .put("tie_word_embeddings", false);
            case "minimax" -> lightning(hiddenSize, layers);
            case "qwen3_5_text" -> linearQwen(family, hiddenSize, layers);
            case "olmo_hybrid" -> softmax(family, hiddenSize, layers);
            case "kda", "comba" -> deltaHeads(family, hiddenSize, layers);
            case "gated_deltaproduct" ->
                deltaHeads(family, hiddenSize, layers)
                        .put("num_householder", 2)
                        .put("use_forget_gate", true)
                        .put("allow_neg_eigval", true);
            case "kimi_linear", "bailing_hybrid" -> latentHybrid(family, hiddenSize, layers);
            case "lfm2" -> convolutions(hiddenSize, layers);
            case "gpt2" -> gpt2(64).put("n_embd", hiddenSize).put("n_layer", layers);
            default -> throw new IllegalArgumentException(family);
        };
    }

    /** Mamba-2 and feed-forward parts in turns. */
    private static ObjectNode nemotronH(int hiddenSize, int layers) {
        ObjectNode config = softmax("nemotron_h", hiddenSize, layers)
                .put("head_dim", hiddenSize / 4)
                .put("mamba_num_heads", 4)
                .put("mamba_head_dim", hiddenSize / 4)
                .put("n_groups", 2)
                .put("ssm_state_size", 16);
        IntStream.range(0, layers)
                .forEach(layer ->
                        config.withArray("layers_block_type").add(layer % 2 == 0 ? "linear_attention" : "mlp"));
        return config;
    }

    /** Mamba-2 in all layers, in every other one with a shared block before it. */
    private static ObjectNode zamba2(int hiddenSize, int layers) {
        ObjectNode config = softmax("zamba2", hiddenSize, layers)
                .put("n_mamba_heads", 4)
                .put("mamba_d_state", 16)
                .put("adapter_rank", 2)
                .put("use_mem_rope", true)
                .put("use_shared_attention_adapter", true)
                .put("tie_word_embeddings", true);
        IntStream.range(0, layers)
                .forEach(layer -> config.withArray("layers_block_type").add(layer % 2 == 0 ? "mamba" : "hybrid"));
        return config;
    }

    /** Mamba-2 in all layers, with experts or attention beside it where the type has them. */
    private static ObjectNode mambaHybrid(String family, int hiddenSize, int layers) {
        ObjectNode config = softmax(family, hiddenSize, layers)
                .put("num_key_value_heads", 2)
                .put("mamba_n_heads", 4)
                .put("mamba_d_state", 16);
        return switch (family) {
            case "granitemoehybrid" ->
                config.put("num_local_experts", 4)
                        .put("shared_intermediate_size", hiddenSize)
                        .put("residual_multiplier", 0.5)
                        .put("logits_scaling", 2);
            case "falcon_h1" -> config.put("mamba_d_ssm", 2 * hiddenSize).put("key_multiplier", 0.5);
            default -> config;
        };
    }

    /** A hybrid of Qwen whose layers all have the gated delta rule. */
    private static ObjectNode linearQwen(String family, int hiddenSize, int layers) {
        ObjectNode config = sizes(family, hiddenSize, layers)
                .put("num_attention_heads", 4)
                .put("linear_num_key_heads", 2)
                .put("linear_num_value_heads", 4)
                .put("linear_key_head_dim", hiddenSize / 4)
                .put("linear_value_head_dim", hiddenSize / 4);
        IntStream.range(0, layers)
                .forEach(layer -> config.withArray("layer_types").add("linear_attention"));
        if (family.equals("lara_mini")) {
            config.put("tie_word_embeddings", false).remove("intermediate_size");
        }
        return config;
    }

    /** A delta rule of flash-linear-attention with values as wide as their keys. */
    private static ObjectNode deltaHeads(String family, int hiddenSize, int layers) {
        return sizes(family, hiddenSize, layers)
                .put("num_heads", 4)
                .put("head_dim", hiddenSize / 4)
                .put("expand_v", 1);
    }

    /** A hybrid of latent attention whose layers all have the delta rule, the second one with experts. */
    private static ObjectNode latentHybrid(String family, int hiddenSize, int layers) {
        return sizes(family, hiddenSize, layers)
                .put("num_attention_heads", 4)
                .put("kv_lora_rank", hiddenSize / 2)
                .put("qk_nope_head_dim", hiddenSize / 4)
                .put("qk_rope_head_dim", 4)
                .put("v_head_dim", hiddenSize / 4)
                .put("linear_num_heads", 4)
                .put("linear_head_dim", hiddenSize / 4)
                .put("first_k_dense_replace", 1)
                .put("num_experts", 4)
                .put("num_experts_per_token", 2)
                .put("num_expert_group", 2)
                .put("topk_group", 1)
                .put("moe_intermediate_size", hiddenSize);
    }

    /** MiniMax whose layers all have lightning attention, and whose experts all have every token, and so a gradient. */
    private static ObjectNode lightning(int hiddenSize, int layers) {
        ObjectNode config = softmax("minimax", hiddenSize, layers)
                .put("intermediate_size", hiddenSize)
                .put("num_local_experts", 2)
                .put("linear_attn_alpha_factor", 1.5)
                .put("mlp_beta_factor", 0.5);
        IntStream.range(0, layers)
                .forEach(layer -> config.withArray("layer_types").add("linear_attention"));
        return config;
    }

    /** LFM2 whose layers all have short convolutions. */
    private static ObjectNode convolutions(int hiddenSize, int layers) {
        ObjectNode config = softmax("lfm2", hiddenSize, layers)
                .put("block_auto_adjust_ff_dim", false)
                .put("tie_word_embeddings", false);
        IntStream.range(0, layers)
                .forEach(layer -> config.withArray("layer_types").add("conv"));
        return config;
    }

    /** {@code config} with four small experts and a shared one. */
    private static ObjectNode experts(ObjectNode config, int hiddenSize) {
        return config.put("num_experts", 4)
                .put("num_experts_per_tok", 2)
                .put("moe_intermediate_size", hiddenSize)
                .put("shared_expert_intermediate_size", hiddenSize);
    }

    /** A model type of whose layers some have windows: here all. */
    private static ObjectNode windows(String family, int hiddenSize, int layers) {
        ObjectNode config = softmax(family, hiddenSize, layers)
                .put("num_key_value_heads", 2)
                .put("head_dim", hiddenSize / 4)
                .put("sliding_window", WINDOW)
                .put("tie_word_embeddings", false);
        IntStream.range(0, layers)
                .forEach(layer -> config.withArray("layer_types").add("sliding_attention"));
        return family.equals("gpt_oss")
                ? config.put("intermediate_size", hiddenSize)
                        .put("num_local_experts", 4)
                        .put("num_experts_per_tok", 2)
                : config;
    }

    /** GPT-2 of two layers with that many positions. */
    public static ObjectNode gpt2(int positions) {
        return JSON.createObjectNode()
                .put("model_type", "gpt2")
                .put("vocab_size", VOCABULARY)
                .put("n_positions", positions)
                .put("n_embd", 16)
                .put("n_layer", 2)
                .put("n_head", 4);
    }

    /** Gated delta rule, softmax attention over the whole context, gated delta rule. */
    public static ObjectNode hybrid() {
        ObjectNode config = gatedDeltaNet(32, 3);
        config.putObject("attn")
                .put("num_heads", 4)
                .put("num_kv_heads", 2)
                .putArray("layers")
                .add(1);
        return config;
    }

    private static ObjectNode sizes(String type, int hiddenSize, int layers) {
        return JSON.createObjectNode()
                .put("model_type", type)
                .put("vocab_size", VOCABULARY)
                .put("hidden_size", hiddenSize)
                .put("num_hidden_layers", layers)
                .put("intermediate_size", 2 * hiddenSize);
    }

    /** The shapes of the parameters that every checkpoint of {@code architecture} has, by name. */
    public static Map<String, Shape> shapes(Architecture architecture) {
        return architecture.parameters().stream()
                .filter(parameter -> !parameter.optional())
                .collect(Collectors.toMap(ParameterSpec::fullName, ParameterSpec::shape));
    }

    public static LanguageModel load(ObjectNode config, long seed, DataType type) {
        return LanguageModel.load(config, new RandomWeights(config, seed), type, Device.cpu());
    }

    public static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray());
    }

    /** Writes a checkpoint of {@code weights} as they are drawn, in float32. */
    public static void write(Path directory, JsonNode config, RandomWeights weights) {
        try (NDManager scope = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            List<TensorEntry> entries = weights.names().stream()
                    .map(name -> TensorEntry.of(name, StoredType.F32, weights.read(scope, name, DataType.FLOAT32)))
                    .toList();
            CheckpointWriter.write(directory, config, entries, List.of());
        }
    }

    /** The values of a tensor, row by row, in float64. */
    public static double[] doubles(Weights weights, String name) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray read = weights.read(manager, name, DataType.FLOAT64);
            return read.size() == 0 ? new double[0] : read.toDoubleArray();
        }
    }
}
