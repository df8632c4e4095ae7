package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.tensor.Nonlinearity;

/** Llama's blocks and tensor names, which many model types share. */
record LlamaBlocks(
        @Inline Dimensions.OfVectors sizes,

        @Key(doc = "ε of all norms; absent: as of the model type.", from = 0)
        OptionalDouble rmsNormEps,

        @Key(
                doc = "Function of the gate.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu"},
                otherwise = "silu")
        String hiddenAct,

        @Key(doc = "Inner units of the feed-forward part.", from = 1)
        int intermediateSize,

        @Key(doc = "Heads of queries.", from = 1) int numAttentionHeads,

        @Key(doc = "Heads of keys and values; absent: as of the model type; null: as many as of queries.", from = 1)
        OptionalInt numKeyValueHeads,

        @Key(doc = "d; absent: as of the model type; null: D by the heads.", from = 1)
        OptionalInt headDim,

        @Inline Rope rope) {
    /**
     * The values of fields that a configuration leaves out, where model types differ.
     *
     * @param tied true for a tied head
     * @param epsilon ε of all norms
     * @param theta base of the rotary angles
     * @param keyValueHeads heads of keys; empty for as many as of queries
     * @param headDimension d; empty for D by the heads
     */
    record Absent(boolean tied, double epsilon, double theta, OptionalInt keyValueHeads, OptionalInt headDimension) {
        static final Absent LLAMA = new Absent(false, 1e-6, Rope.THETA, OptionalInt.empty(), OptionalInt.empty());

        Absent withKeyValueHeads(int heads) {
            return new Absent(tied, epsilon, theta, OptionalInt.of(heads), headDimension);
        }

        Absent withHeadDimension(int d) {
            return new Absent(tied, epsilon, theta, keyValueHeads, OptionalInt.of(d));
        }
    }

    /** The same with a scaling of positions where none is given. */
    LlamaBlocks withAbsent(RopeScaling scaling) {
        return new LlamaBlocks(
                sizes,
                rmsNormEps,
                hiddenAct,
                intermediateSize,
                numAttentionHeads,
                numKeyValueHeads,
                headDim,
                rope.withAbsent(scaling));
    }

    /** Blocks of one {@code mixing} and one {@code feedForward} a layer, each after an RMS norm. */
    Architecture around(IntFunction<Mixing> mixing, FeedForward feedForward, Absent absent) {
        double epsilon = epsilon(absent);
        List<List<ResidualBranch>> blocks = IntStream.range(0, sizes.numHiddenLayers())
                .mapToObj(layer -> {
                    String block = "model.layers." + layer + ".";
                    return List.of(
                            new ResidualBranch(
                                    Norm.rms(block + "input_layernorm", epsilon),
                                    block + "self_attn",
                                    mixing.apply(layer)),
                            new ResidualBranch(
                                    Norm.rms(block + "post_attention_layernorm", epsilon), block + "mlp", feedForward));
                })
                .toList();
        return new Architecture(
                sizes.dimensions(absent.tied()),
                "model.embed_tokens.weight",
                Optional.empty(),
                1,
                Optional.empty(),
                blocks,
                Norm.rms("model.norm", epsilon),
                1,
                OptionalDouble.empty(),
                angles(blocks),
                Optional.empty(),
                Set.of(),
                List.of());
    }

    /** The rotary angles that earlier versions of transformers stored. */
    static Set<String> angles(List<List<ResidualBranch>> blocks) {
        return Stream.concat(
                        Stream.of("model"),
                        blocks.stream().map(block -> block.get(0).module()))
                .map(module -> module + ".rotary_emb.inv_freq")
                .collect(Collectors.toSet());
    }

    /** A gated feed-forward part with {@code biases}. */
    GatedFeedForward feedForward(Biases biases) {
        return new GatedFeedForward(intermediateSize, biases, Nonlinearity.ofTransformers(hiddenAct));
    }

    /** ε of all norms. */
    double epsilon(Absent absent) {
        return rmsNormEps.orElse(absent.epsilon());
    }

    /** Softmax heads with rotary positions. */
    KvHeads heads(Absent absent, Scope scope) {
        int d = headDimension(absent, scope);
        return new KvHeads(numAttentionHeads, keyValueHeads(absent, scope), d, Optional.of(rotary(d, absent, scope)));
    }

    private Rotary rotary(int d, Absent absent, Scope scope) {
        return rope.rotary(d, absent.theta(), sizes.positions(), scope);
    }

    /** Heads of keys and values. */
    int keyValueHeads(Absent absent, Scope scope) {
        boolean full = scope.isNull("num_key_value_heads");
        int given = numKeyValueHeads.orElse(
                full ? numAttentionHeads : absent.keyValueHeads().orElse(numAttentionHeads));
        return FamilyFields.divisor(scope, "num_key_value_heads", given, "num_attention_heads", numAttentionHeads);
    }

    /** d. */
    int headDimension(Absent absent, Scope scope) {
        int derived = Math.max(1, sizes.hiddenSize() / numAttentionHeads);
        return headDim.orElse(
                scope.isNull("head_dim") ? derived : absent.headDimension().orElse(derived));
    }
}
