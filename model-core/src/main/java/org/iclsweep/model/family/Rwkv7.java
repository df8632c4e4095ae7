package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.Rwkv7TimeMix;

/** {@code rwkv7} (arXiv:2503.14456) of flash-linear-attention. */
@Block(spelling = Spelling.SNAKE)
record Rwkv7(
        @Inline RwkvBlocks blocks,

        @Key(doc = "Size of a head; absent: 64; null: the one that num_heads leaves.", from = 1)
        OptionalInt headDim,

        @Key(doc = "Heads, where head_dim is null.", from = 1)
        OptionalInt numHeads,

        @Key(doc = "Width of all values, one for all layers; absent: D.", from = 1, oneOrMore = true)
        Optional<List<Integer>> valueDim,

        @Key(doc = "Decay rank; absent: 64; null: from D.", from = 1)
        OptionalInt decayLowRankDim,

        @Key(doc = "Gate rank; absent: 128; null: from D.", from = 1)
        OptionalInt gateLowRankDim,

        @Key(doc = "Rate rank; absent: 64; null: from D.", from = 1)
        OptionalInt aLowRankDim,

        @Key(doc = "Value rank; absent: 16; null: from D.", from = 1)
        OptionalInt vLowRankDim,

        @Key(doc = "Fused norm.", otherwise = "true") boolean fuseNorm)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        int hiddenSize = blocks.sizes().hiddenSize();
        int headDimension = headDimension(hiddenSize, scope);
        int heads = Math.max(1, hiddenSize / headDimension);
        int values = values(hiddenSize, heads, scope);
        double root = Math.sqrt(hiddenSize);
        double share = headDimension / 64.0;
        Rwkv7TimeMix.Ranks ranks = new Rwkv7TimeMix.Ranks(
                rank(decayLowRankDim, "decay_low_rank_dim", 64, 2.5 * root * share, scope),
                rank(gateLowRankDim, "gate_low_rank_dim", 128, 5 * root, scope),
                rank(aLowRankDim, "a_low_rank_dim", 64, 2.5 * root * share, scope),
                rank(vLowRankDim, "v_low_rank_dim", 16, 1.7 * root * share, scope));
        return blocks.of(
                layer -> new Rwkv7TimeMix(
                        hiddenSize, headDimension, values / heads, ranks, layer == 0, fuseNorm, blocks.normEps()),
                blocks.channelMix(4, false),
                scope);
    }

    /** A rank as flash-linear-attention takes it: {@code absent}, or of a null the {@code derived}, rounded to 32s. */
    private static int rank(OptionalInt given, String field, int absent, double derived, Scope scope) {
        int rounded = Math.max(32, (int) Math.rint(derived / 32) * 32);
        return given.orElse(scope.isNull(field) ? rounded : absent);
    }

    private int headDimension(int hiddenSize, Scope scope) {
        boolean byNumber = numHeads.isPresent() && scope.isNull("head_dim");
        int absent = byNumber ? Math.max(1, hiddenSize / numHeads.getAsInt()) : 64;
        return FamilyFields.divisor(scope, "head_dim", headDim.orElse(absent), "hidden_size", hiddenSize);
    }

    private int values(int hiddenSize, int heads, Scope scope) {
        List<Integer> byLayer = valueDim.orElse(List.of(hiddenSize));
        if (byLayer.stream().distinct().count() != 1) {
            scope.in("value_dim").unexpected("one size for all layers");
            return hiddenSize;
        }
        int values = byLayer.get(0);
        if (values % heads != 0) {
            scope.fault("value_dim", "expected a multiple of the %s heads, found %s".formatted(heads, values));
        }
        return values;
    }
}
