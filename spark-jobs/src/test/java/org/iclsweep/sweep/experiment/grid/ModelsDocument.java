package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.Family;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.mixer.StateLayout.Entry;

/** The table of model types, from their declarations: {@code docs/reference/models.md}. */
final class ModelsDocument {
    private static final int HIDDEN_SIZE = 2048;
    private static final int LAYERS = 12;
    private static final Set<String> HEADS = Set.of("num_attention_heads", "num_heads", "n_head");

    private static final String HEAD = """
            # Model types

            Generated from the code and checked by `ModelsDocumentTest`; `-Dicl.sweep.write-docs=true` writes it anew.

            A checkpoint belongs to a model type by `model_type` in its config.json, and is read by the names that its own stack
            gives its tensors. Checkpoints that are named here are released with this layout, as their publishers or the stacks
            document it; those in bold were read and compared with their own stack's logits
            ([real-models.md](../how-to/real-models.md)), the others were not: small checkpoints of every type were, option by option
            (`TransformersParityTest`, `FixtureParityTest`, [conformance](../conformance/README.md)).

            The last column is the part of the state that does not grow, in bytes of float32 for each layer of one kind, in a random
            model with hidden size %d, 16 heads and the usual options: `random { model_type = …, hidden_size = %d, heads = 16 }`.
            Beside it are the bytes for each token whose keys and values a layer keeps.

            """.formatted(HIDDEN_SIZE, HIDDEN_SIZE);

    private static final String OPTIONS = """

            Other model types are refused by their name, as is a tensor that the model type does not read, or a field of config.json
            that it does not know. `bin/icl-sweep certify --model DIR` checks a checkpoint of any of them, and measures its error.

            ## Options

            | option | of |
            |---|---|
            | feature maps elu, relu, identity, exp, taylor2, hedgehog; rotary positions; `normalizer`; short convolutions; grouped heads | `linear_llama` |
            | `attn`: softmax attention in some layers, with a window or without, one kind or a list | flash-linear-attention's types |
            | `sliding_window`: a window whose keys and values are the state, turned to the query's positions | `mistral`, `qwen2`, `qwen3`, `smollm3`, `gemma3_text`, `gpt_oss`, `transformer` |
            | `rope_type` `linear`, `llama3` or `yarn`, in `rope_parameters` or in the older `rope_scaling` | types with rotary positions |
            | `value_momentum` (η, between 0 and 1): attention plus Σ η^(t−i) v_i, whose state is one row per key head | `linear_llama`, `llama`, `mistral`, `gpt2` |
            | MXFP4, as it is released; any other `quantization_config` is refused with the lines that dequantise it | `gpt_oss` |
            | a text model nested in `text_config` | types of the table with "nested in" |

            ## Methods

            `iclca` (biases of fixed size) and `full-cache` (all keys and values) are exact. Where all tokens are attended to, a smaller
            state is an approximation, of any size: `random-features`, `taylor`, `attention-matching`, `distilled`, `eviction`
            ([results](../results/softmax.md); [parameters](configuration.md#sweepmethods)).

            Models that were trained for this project are in [models/](../../models/README.md).
            """;

    /** Kinds of layers where a random model has one kind alone. */
    private static final Map<String, Map<String, Object>> PATTERNS = Map.of(
            "lfm2", Map.of("full_attn_idxs", List.of(2, 5, 8, 10)),
            "bamba", Map.of("attn_layer_indices", List.of(9)),
            "granitemoehybrid", Map.of("layer_types", layers("mamba", "attention")),
            "mistral", Map.of("sliding_window", 4096));

    /** Released checkpoints by model type. */
    private static final Map<String, List<String>> RELEASED = Map.ofEntries(
            Map.entry(
                    "gated_deltanet",
                    List.of("m-a-p/340M-20B-GatedDeltaNet-hybrid-3-1", "linear-moe-hub/Gated-Deltanet-1.3B")),
            Map.entry("retnet", List.of("fla-hub/retnet-1.3B-100B")),
            Map.entry("gla", List.of("fla-hub/gla-1.3B-100B")),
            Map.entry("delta_net", List.of("fla-hub/delta_net-1.3B-100B", "m-a-p/340M-20B-DeltaNet-pure")),
            Map.entry("mamba2", List.of("mistralai/Mamba-Codestral-7B-v0.1")),
            Map.entry("rwkv7", List.of("**fla-hub/rwkv7-191M-world**")),
            Map.entry("llama", List.of("**HuggingFaceTB/SmolLM2-135M-Instruct**", "meta-llama/Llama-3.2-1B")),
            Map.entry("mistral", List.of("mistralai/Mistral-7B-v0.1")),
            Map.entry("qwen2", List.of("Qwen/Qwen2.5-0.5B")),
            Map.entry("qwen3", List.of("Qwen/Qwen3-0.6B")),
            Map.entry("smollm3", List.of("HuggingFaceTB/SmolLM3-3B")),
            Map.entry("gemma3_text", List.of("**google/gemma-3-270m**", "google/gemma-3-1b-pt")),
            Map.entry("gpt_oss", List.of("openai/gpt-oss-20b")),
            Map.entry("gpt2", List.of("openai-community/gpt2")),
            Map.entry(
                    "nemotron_h",
                    List.of("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "nvidia/NVIDIA-Nemotron-Nano-9B-v2")),
            Map.entry("bamba", List.of("ibm-fms/Bamba-9.8b-2.2T-hf")),
            Map.entry("granitemoehybrid", List.of("ibm-granite/granite-4.0-h-tiny")),
            Map.entry("falcon_h1", List.of("tiiuae/Falcon-H1-1.5B-Deep-Instruct")),
            Map.entry("qwen3_next", List.of("Qwen/Qwen3-Next-80B-A3B-Instruct")),
            Map.entry("qwen3_5_text", List.of("Qwen/Qwen3.5-27B")),
            Map.entry("qwen3_5_moe_text", List.of("Qwen/Qwen3.5-35B-A3B")),
            Map.entry("olmo_hybrid", List.of("allenai/Olmo-Hybrid-7B")),
            Map.entry("lfm2", List.of("LiquidAI/LFM2-1.2B")),
            Map.entry("lara_mini", List.of("translated/Lara-4-Mini-Base")),
            Map.entry("zamba2", List.of("Zyphra/Zamba2-2.7B")),
            Map.entry("mamba", List.of("state-spaces/mamba-130m-hf")),
            Map.entry("falcon_mamba", List.of("tiiuae/falcon-mamba-7b")),
            Map.entry("jamba", List.of("ai21labs/Jamba-v0.1")),
            Map.entry("kimi_linear", List.of("moonshotai/Kimi-Linear-48B-A3B-Instruct")),
            Map.entry("bailing_hybrid", List.of("inclusionAI/Ling-3.0-Flash")),
            Map.entry("minimax", List.of("MiniMaxAI/MiniMax-Text-01-hf")),
            Map.entry("recurrent_gemma", List.of("google/recurrentgemma-2b")),
            Map.entry("hgrn", List.of("fla-hub/hgrn-1.3B-100B")),
            Map.entry("hgrn2", List.of("fla-hub/hgrn2-1.3B-100B")),
            Map.entry("gsa", List.of("fla-hub/gsa-1.3B-100B")),
            Map.entry("transformer", List.of("fla-hub/transformer-1.3B-100B")));

    private static final Map<Role, String> WORDS = new TreeMap<>(Map.of(
            Role.KEY_VALUE_SUM, "a state (sum over keys and values)",
            Role.NORMALIZER_SUM, "a sum of keys",
            Role.VALUE_AVERAGE, "an average of values",
            Role.ROWS, "rows of a short convolution",
            Role.SHIFT, "the last token's row",
            Role.COUNTER, "the number of tokens"));

    private ModelsDocument() {}

    /** Eleven layers of one kind, and one of another. */
    private static List<String> layers(String most, String last) {
        return IntStream.range(0, LAYERS)
                .mapToObj(layer -> layer == LAYERS - 1 ? last : most)
                .toList();
    }

    /** The document, in Markdown. */
    static String markdown() {
        StringBuilder text = new StringBuilder(HEAD)
                .append(
                        "| `model_type` | released checkpoints | a context becomes | conversion | finite part of a layer |\n")
                .append("|---|---|---|---|---|\n");
        Families.ALL.stream().map(ModelsDocument::row).forEach(text::append);
        text.append(OPTIONS);
        return text.toString();
    }

    private static String row(Family family) {
        Map<String, Object> sizes = new HashMap<>(Map.of(
                "model_type", family.modelType(), "hidden_size", HIDDEN_SIZE, "layers", LAYERS, "vocab", 32_000));
        sizes.putAll(PATTERNS.getOrDefault(family.modelType(), Map.of()));
        if (Families.fields(family).stream().anyMatch(HEADS::contains)) {
            sizes.put("heads", 16);
        }
        Architecture architecture = Architecture.of(RandomModels.config(sizes));
        String type = family.around()
                .map(around -> "`%s` (nested in `%s`)".formatted(family.modelType(), around))
                .orElse("`" + family.modelType() + "`");
        return "| %s | %s | %s | %s | %s |\n"
                .formatted(
                        type,
                        String.join(", ", RELEASED.getOrDefault(family.modelType(), List.of())),
                        String.join("; ", kept(architecture)),
                        architecture.broken().isEmpty() ? "exact (`iclca`)" : "exact, `full-cache`",
                        String.join(", ", bytes(architecture)));
    }

    /** The parts of a state, each once. */
    private static Set<String> kept(Architecture architecture) {
        return stored(architecture)
                .map(entry -> entry.tensor().grows()
                        ? "keys and values of " + (isFinite(architecture, entry) ? "a window" : "all tokens")
                        : Objects.requireNonNull(WORDS.get(entry.tensor().role()), entry.name()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Stream<Entry> stored(Architecture architecture) {
        return architecture.state().entries().values().stream()
                .filter(entry -> entry.tensor().presence() == Presence.ALWAYS);
    }

    private static boolean isFinite(Architecture architecture, Entry entry) {
        return Objects.requireNonNull(architecture.mixers().get(entry.module()))
                .broken()
                .isEmpty();
    }

    /** The bytes of the layers, of each kind once, with the number of layers where there are several kinds. */
    private static List<String> bytes(Architecture architecture) {
        Map<String, Integer> kinds = new LinkedHashMap<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            kinds.merge(bytes(architecture, layer), 1, Integer::sum);
        }
        List<String> shown = new ArrayList<>();
        kinds.forEach(
                (kind, count) -> shown.add(kinds.size() == 1 ? kind : "%s (%d of %d)".formatted(kind, count, LAYERS)));
        return shown;
    }

    private static String bytes(Architecture architecture, int layer) {
        long fixed = 0;
        long each = 0;
        String tokens = "";
        for (Entry entry : stored(architecture).toList()) {
            if (architecture.layerOf(entry.name()).orElse(-1) == layer) {
                long bytes = Float.BYTES
                        * LongStream.of(entry.tensor().shape().getShape())
                                .filter(size -> size > 0)
                                .reduce(1, (a, b) -> a * b);
                fixed += entry.tensor().grows() ? 0 : bytes;
                each += entry.tensor().grows() ? bytes : 0;
                tokens = entry.tensor().grows() && isFinite(architecture, entry) ? " of its window" : tokens;
            }
        }
        String size = String.format(Locale.ROOT, "%,d", fixed);
        return each == 0 ? size : String.format(Locale.ROOT, "%s + %,d for each token%s", size, each, tokens);
    }
}
