package org.iclsweep.model.family;

import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.mixer.Retention;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code retnet} of flash-linear-attention: retention (arXiv:2307.08621). Its blocks pass {@code use_short_conv} and
 * {@code conv_size} to nothing: there are no convolutions, whatever a configuration has there.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"use_short_conv", "conv_size"})
record RetNet(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.Heads heads,
        @Inline FlaBlocks.OutputGate output,

        @Key(doc = "φ of q and k.", otherwise = "identity") Nonlinearity featureMap)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        HeadSizes sizes = heads.sizes(blocks.sizes().hiddenSize(), 8, 1, 2, scope);
        Retention retention = new Retention(sizes, featureMap, output.of(blocks.normEps()));
        return blocks.around(retention, ProjectionStart.KEYS_AS_QUERIES, 2, scope);
    }
}
