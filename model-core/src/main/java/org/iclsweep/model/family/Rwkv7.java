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

        @Key(doc = "Decay rank.", from = 1, otherwise = "64")
        int decayLowRankDim,

        @Key(doc = "Gate rank.", from = 1, otherwise = "128")
        int gateLowRankDim,

        @Key(doc = "Rate rank.", from = 1, otherwise = "64") int aLowRankDim,

        @Key(doc = "Value rank.", from = 1, otherwise = "16")
        int vLowRankDim,

        @Key(doc = "Fused norm.", otherwise = "true") boolean fuseNorm)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        int hiddenSize = blocks.sizes().hiddenSize();
        int headDimension = headDimension(hiddenSize, scope);
        int heads = Math.max(1, hiddenSize / headDimension);
        int values = values(hiddenSize, heads, scope);
        Rwkv7TimeMix.Ranks ranks = new Rwkv7TimeMix.Ranks(decayLowRankDim, gateLowRankDim, aLowRankDim, vLowRankDim);
        return blocks.of(
                layer -> new Rwkv7TimeMix(
                        hiddenSize, headDimension, values / heads, ranks, layer == 0, fuseNorm, blocks.normEps()),
                blocks.channelMix(4, false),
                scope);
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
            scope.fault("value_dim", "expected a multiple of the %d heads, found %d".formatted(heads, values));
        }
        return values;
    }
}
