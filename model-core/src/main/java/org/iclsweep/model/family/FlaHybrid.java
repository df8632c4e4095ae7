package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.TokenMixer;

/** The layers of a flash-linear-attention model with softmax attention: the block {@code attn} of its config.json. */
record FlaHybrid(
        @Key(doc = "Layers with softmax attention, from 0.", from = 0, nonEmpty = true)
        List<Integer> layers,

        @Key(doc = "Heads of queries.", from = 1) int numHeads,

        @Key(doc = "Heads of keys and values; absent: as many as of queries.", from = 1)
        OptionalInt numKvHeads,

        @Key(doc = "Tokens attended to, the token itself included; absent: all.", from = 1)
        OptionalInt windowSize,

        @Inline Rope rope,

        @Key(doc = "Biases of q, k, v.", otherwise = "false")
        boolean qkvBias,

        @Key(doc = "Norms of q and k.", otherwise = "false") boolean qkNorm) {
    /** ε of flash-linear-attention's norms on queries and keys. */
    private static final double HEAD_NORM_EPSILON = 1e-5;

    /** The mixers of all layers: softmax attention where {@code hybrid} has it, else {@code own}. */
    static List<TokenMixer> mixers(
            Optional<FlaHybrid> hybrid, Dimensions dimensions, List<TokenMixer> own, Scope scope) {
        if (hybrid.isEmpty()) {
            return own;
        }
        List<Integer> layers = hybrid.get().layers;
        TokenMixer attention = hybrid.get().attention(dimensions, scope.in("attn"));
        return IntStream.range(0, own.size())
                .mapToObj(layer -> layers.contains(layer) ? attention : own.get(layer))
                .toList();
    }

    private SoftmaxAttention attention(Dimensions dimensions, Scope scope) {
        int hiddenSize = dimensions.hiddenSize();
        FamilyFields.divisor(scope, "num_heads", numHeads, "hidden_size", hiddenSize);
        if (layers.stream().anyMatch(layer -> layer >= dimensions.layers())) {
            scope.fault(
                    "layers",
                    "expected a list of whole numbers from 0 to %d, found %s"
                            .formatted(dimensions.layers() - 1, layers));
        }
        int headDimension = Math.max(1, hiddenSize / numHeads);
        return new SoftmaxAttention(
                hiddenSize,
                numHeads,
                FamilyFields.divisor(scope, "num_kv_heads", numKvHeads.orElse(numHeads), "attn.num_heads", numHeads),
                headDimension,
                OptionalDouble.of(rope.theta()),
                windowSize,
                1 / Math.sqrt(headDimension),
                qkvBias ? SoftmaxProjections.QKV_BIASED : SoftmaxProjections.SEPARATE,
                qkNorm ? OptionalDouble.of(HEAD_NORM_EPSILON) : OptionalDouble.empty(),
                Optional.empty());
    }
}
