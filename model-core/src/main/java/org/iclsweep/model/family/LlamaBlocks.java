package org.iclsweep.model.family;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.family.GatedFeedForward.Biases;

/** Llama's blocks and tensor names, which {@code llama}, {@code mistral} and {@code linear_llama} share. */
final class LlamaBlocks {
    private LlamaBlocks() {}

    /**
     * The architecture of {@code mixing} and a gated feed-forward in every block, each after an RMS norm.
     *
     * @param biases those of the feed-forward part
     */
    static Architecture of(ConfigurationFields fields, Mixing mixing, Biases biases) {
        Dimensions dimensions = Dimensions.of(fields).withVectors(fields);
        double epsilon = fields.number("rms_norm_eps", 1e-6);
        fields.only("hidden_act", "silu", "swish");
        GatedFeedForward feedForward = new GatedFeedForward(fields.positive("intermediate_size"), biases);
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> "model.layers." + layer + ".")
                .map(block -> List.of(
                        new ResidualBranch(Norm.rms(block + "input_layernorm", epsilon), block + "self_attn", mixing),
                        new ResidualBranch(
                                Norm.rms(block + "post_attention_layernorm", epsilon), block + "mlp", feedForward)))
                .toList();
        Architecture architecture =
                Architecture.of(dimensions, "model.embed_tokens.weight", blocks, Norm.rms("model.norm", epsilon));
        return architecture.withDerived(angles(architecture));
    }

    /** The rotary angles that earlier versions of transformers stored. */
    private static Set<String> angles(Architecture architecture) {
        return Stream.concat(Stream.of("model"), architecture.mixers().keySet().stream())
                .map(module -> module + ".rotary_emb.inv_freq")
                .collect(Collectors.toSet());
    }

    /**
     * The heads of the attention.
     *
     * @param keyValue those of keys and values
     * @param dimension d
     */
    record Heads(int hiddenSize, int heads, int keyValue, int dimension) {
        /** The heads in {@code fields}; {@code keyValue} of keys and values, as many as heads where it is empty. */
        static Heads of(ConfigurationFields fields, OptionalInt keyValue) {
            int hiddenSize = fields.positive("hidden_size");
            int heads = fields.positive("num_attention_heads");
            return new Heads(
                    hiddenSize,
                    heads,
                    fields.divisor("num_key_value_heads", keyValue.orElse(heads), "num_attention_heads", heads),
                    fields.positive("head_dim", Math.max(1, hiddenSize / heads)));
        }
    }
}
