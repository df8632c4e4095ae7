package org.iclsweep.model.family;

import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.DeltaProduct;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code gated_deltaproduct} of flash-linear-attention: several steps of the delta rule a token (arXiv:2502.10297). */
@Block(spelling = Spelling.SNAKE)
record GatedDeltaProduct(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.DeltaRules rules,
        @Inline FlaBlocks.KeyHeads heads,

        @Key(doc = "Steps of a token.", from = 1, otherwise = "1")
        int numHouseholder,

        @Key(doc = "Decays.", otherwise = "false") boolean useForgetGate,

        @Key(doc = "Outputs are gated.", otherwise = "true") boolean useOutputGate)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        DeltaProduct product = new DeltaProduct(
                heads.sizes(blocks.sizes().hiddenSize(), 6, 256, 2, scope),
                numHouseholder,
                rules.taps(),
                useForgetGate,
                rules.allowNegEigval(),
                blocks.gatedOutput(useOutputGate));
        return blocks.around(product, ProjectionStart.KEYS_AS_QUERIES, 4, scope);
    }
}
