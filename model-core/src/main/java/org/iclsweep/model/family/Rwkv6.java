package org.iclsweep.model.family;

import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.mixer.Rwkv6TimeMix;

/** {@code rwkv6} (arXiv:2404.05892) of flash-linear-attention. */
@Block(spelling = Spelling.SNAKE)
record Rwkv6(
        @Inline RwkvBlocks blocks,
        @Key(doc = "Heads.", from = 1, otherwise = "4") int numHeads,

        @Key(doc = "Key width / D.", otherwise = "0.5") double expandK,

        @Key(doc = "Value width / D.", otherwise = "1") double expandV,

        @Key(doc = "Shift rank.", from = 1, otherwise = "32")
        int projLowRankDim,

        @Key(doc = "Decay rank.", from = 1, otherwise = "64")
        int gateLowRankDim,

        @Key(
                doc = "ε of the output norm; absent: norm_eps. Not a field of flash-linear-attention, whose converted"
                        + " checkpoints lose theirs.")
        OptionalDouble gNormEps)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        int hiddenSize = blocks.sizes().hiddenSize();
        Rwkv6TimeMix timeMix = new Rwkv6TimeMix(
                new HeadSizes(
                        hiddenSize,
                        numHeads,
                        numHeads,
                        FlaBlocks.perHead(scope, "expand_k", expandK, hiddenSize, numHeads),
                        FlaBlocks.perHead(scope, "expand_v", expandV, hiddenSize, numHeads)),
                projLowRankDim,
                gateLowRankDim,
                gNormEps.orElse(blocks.normEps()));
        return blocks.of(layer -> timeMix, blocks.channelMix(3.5, true), scope);
    }
}
