package org.iclsweep.model.family;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.RmsNorm;

/** The layers of a flash-linear-attention model with softmax attention: the block {@code attn} of its config.json. */
record FlaHybrid(
        @Key(doc = "Layers with softmax attention, from 0.", from = 0, nonEmpty = true)
        List<Integer> layers,

        @Key(doc = "Heads of queries.", from = 1) int numHeads,

        @Key(doc = "Heads of keys and values; absent: as many as of queries.", from = 1)
        OptionalInt numKvHeads,

        @Key(doc = "Tokens attended to, the token itself included; absent: all.", from = 1)
        OptionalInt windowSize,

        @Inline UnscaledRope rope,

        @Key(doc = "Biases of q, k, v.", otherwise = "false")
        boolean qkvBias,

        @Key(doc = "Norms of q and k.", otherwise = "false") boolean qkNorm) {
    /** ε of flash-linear-attention's norms on queries and keys. */
    private static final double HEAD_NORM_EPSILON = 1e-5;

    /**
     * The mixers of all layers: softmax attention where one of {@code hybrids} has it, else {@code own}. The block
     * {@code attn} is one of them, or a list.
     */
    static List<TokenMixer> mixers(List<FlaHybrid> hybrids, Dimensions dimensions, List<TokenMixer> own, Scope scope) {
        List<TokenMixer> mixers = new ArrayList<>(own);
        Set<Integer> taken = new HashSet<>();
        Scope attn = scope.in("attn");
        for (int i = 0; i < hybrids.size(); i++) {
            Scope block = attn.value().isList() ? attn.at(i) : attn;
            TokenMixer attention = hybrids.get(i).attention(dimensions, block);
            for (int layer : hybrids.get(i).layers) {
                if (!taken.add(layer)) {
                    block.fault("layers", "expected no layer twice, found %d again".formatted(layer));
                } else if (layer < mixers.size()) {
                    mixers.set(layer, attention);
                }
            }
        }
        return mixers;
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
        KvHeads heads = new KvHeads(
                numHeads,
                FamilyFields.divisor(scope, "num_kv_heads", numKvHeads.orElse(numHeads), "attn.num_heads", numHeads),
                headDimension,
                Optional.of(Rotary.of(headDimension, rope.theta())));
        return new SoftmaxAttention(
                        hiddenSize,
                        heads,
                        windowSize,
                        qkvBias ? SoftmaxProjections.QKV_BIASED : SoftmaxProjections.SEPARATE)
                .withHeadNorm(qkNorm ? Optional.of(RmsNorm.of(HEAD_NORM_EPSILON)) : Optional.empty());
    }
}
