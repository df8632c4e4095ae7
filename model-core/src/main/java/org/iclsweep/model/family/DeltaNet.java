package org.iclsweep.model.family;

import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.mixer.DeltaRule;
import org.iclsweep.model.mixer.DeltaRule.KeyNorm;
import org.iclsweep.model.mixer.DeltaRule.Steering;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code delta_net} of flash-linear-attention: the delta rule (arXiv:2406.06484). */
@Block(spelling = Spelling.SNAKE)
record DeltaNet(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.DeltaRules rules,
        @Inline FlaBlocks.Heads heads,

        @Key(doc = "Outputs are normed.", choices = "true", otherwise = "true")
        boolean useOutputNorm,

        @Key(doc = "Gated outputs.", otherwise = "false") boolean useGate,

        @Key(doc = "Rates β.", otherwise = "true") boolean useBeta,

        @Key(doc = "Norm of q and k.", otherwise = "l2") KeyNorm qkNorm,

        @Key(
                doc = "Function of queries and keys.",
                choices = {"elu", "identity", "relu", "silu"},
                otherwise = "silu")
        String qkActivation)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        HeadSizes sizes = heads.sizes(blocks.sizes().hiddenSize(), 16, 1, 1, scope);
        DeltaRule rule = new DeltaRule(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.heads(),
                sizes.key(),
                sizes.value(),
                rules.taps(),
                useBeta ? Steering.STRENGTHS : Steering.NONE,
                rules.allowNegEigval(),
                qkNorm,
                Nonlinearity.named(qkActivation),
                Nonlinearity.SILU,
                blocks.gatedOutput(useGate),
                ShortConvQkv.Split.BY_SIDE);
        return blocks.around(rule, ProjectionStart.KEYS_AS_QUERIES, 4, scope);
    }
}
