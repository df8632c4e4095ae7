package org.iclsweep.model.family;

import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.mixer.GatedLinearAttention;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code gla} of flash-linear-attention: gated linear attention (arXiv:2312.06635). */
@Block(spelling = Spelling.SNAKE)
record Gla(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.Heads heads,
        @Inline FlaBlocks.OutputGate output,

        @Key(doc = "φ of q and k.", otherwise = "identity") Nonlinearity featureMap,

        @Key(doc = "Taps of the short convolutions.", from = 1, otherwise = "4")
        int convSize,

        @Key(doc = "Short convolutions on queries, keys and values.", otherwise = "false")
        boolean useShortConv,

        @Key(doc = "Least logarithm of a decay.") OptionalDouble clampMin,

        @Key(doc = "Keys decay.", choices = "true", otherwise = "true")
        boolean useGk,

        @Key(doc = "Values decay.", choices = "false", otherwise = "false")
        boolean useGv)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        HeadSizes sizes = heads.sizes(blocks.sizes().hiddenSize(), 4, 0.5, 1, scope);
        GatedLinearAttention attention = new GatedLinearAttention(
                sizes, featureMap, useShortConv ? convSize : 0, clampMin, output.of(blocks.normEps()));
        return blocks.around(attention, ProjectionStart.KEYS_AS_QUERIES, 4, scope);
    }
}
