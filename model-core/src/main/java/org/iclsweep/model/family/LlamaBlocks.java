package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.family.GatedFeedForward.Biases;

/** Llama's blocks and tensor names, which {@code llama}, {@code mistral} and {@code linear_llama} share. */
record LlamaBlocks(
        @Inline Dimensions dimensions,
        @Key(doc = "ε of all norms.", otherwise = "1e-6") double rmsNormEps,

        @Key(
                doc = "Function of the SwiGLU.",
                choices = {"silu", "swish"},
                otherwise = "silu")
        String hiddenAct,

        @Key(doc = "Inner units of the feed-forward part.", from = 1)
        int intermediateSize,

        @Key(doc = "Heads of queries.", from = 1) int numAttentionHeads,
        @Key(doc = "Heads of keys and values.", from = 1) OptionalInt numKeyValueHeads,
        @Key(doc = "d; absent: D by the heads.", from = 1) OptionalInt headDim,
        @Inline Rope rope) {
    /** Blocks of {@code mixing} and a gated feed-forward with {@code biases}, each after an RMS norm. */
    Architecture around(Mixing mixing, Biases biases) {
        GatedFeedForward feedForward = new GatedFeedForward(intermediateSize, biases);
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> "model.layers." + layer + ".")
                .map(block -> List.of(
                        new ResidualBranch(
                                Norm.rms(block + "input_layernorm", rmsNormEps), block + "self_attn", mixing),
                        new ResidualBranch(
                                Norm.rms(block + "post_attention_layernorm", rmsNormEps), block + "mlp", feedForward)))
                .toList();
        // The rotary angles that earlier versions of transformers stored.
        Set<String> angles = Stream.concat(
                        Stream.of("model"),
                        blocks.stream().map(block -> block.get(0).module()))
                .map(module -> module + ".rotary_emb.inv_freq")
                .collect(Collectors.toSet());
        return new Architecture(
                dimensions,
                "model.embed_tokens.weight",
                Optional.empty(),
                Optional.empty(),
                blocks,
                Norm.rms("model.norm", rmsNormEps),
                angles,
                Optional.empty());
    }

    /** Heads of keys and values; {@code absent} where none are given. */
    int keyValueHeads(int absent, Scope scope) {
        return FamilyFields.divisor(
                scope,
                "num_key_value_heads",
                numKeyValueHeads.orElse(absent),
                "num_attention_heads",
                numAttentionHeads);
    }

    /** d. */
    int headDimension() {
        return headDim.orElse(Math.max(1, dimensions.hiddenSize() / numAttentionHeads));
    }
}
