package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.RmsNorm;

/** Flash-linear-attention's softmax attention, but for its number of heads. */
record FlaAttention(
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

    /** The mixer, of {@code numHeads} heads that share D; faults name their field {@code ofHeads}. */
    SoftmaxAttention of(int hiddenSize, int numHeads, String ofHeads, Scope scope) {
        FamilyFields.divisor(scope, "num_heads", numHeads, "hidden_size", hiddenSize);
        int headDimension = Math.max(1, hiddenSize / numHeads);
        KvHeads heads = new KvHeads(
                numHeads,
                FamilyFields.divisor(scope, "num_kv_heads", numKvHeads.orElse(numHeads), ofHeads, numHeads),
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
