package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.ChannelDeltaRule;
import org.iclsweep.model.mixer.DeltaHeads;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.InputMap;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code kda} of flash-linear-attention: the delta rule with a decay for each channel (arXiv:2510.26692). */
@Block(spelling = Spelling.SNAKE)
record Kda(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.DeltaRules rules,
        @Inline FlaBlocks.ValueHeads heads,

        @Key(doc = "Least log decay of a step; absent: none.", below = 0)
        OptionalDouble lowerBound,

        @Key(doc = "Kernels may rely on lower_bound.", otherwise = "false")
        boolean safeGate)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        if (safeGate && lowerBound.isEmpty()) {
            scope.fault("lower_bound", "expected a number where safe_gate is true, found nothing; add the key");
        }
        DeltaHeads sizes = heads.sizes(blocks.sizes().hiddenSize(), 16, 128, 1, scope);
        ChannelDeltaRule rule = new ChannelDeltaRule(
                sizes,
                rules.taps(),
                Nonlinearity.SILU,
                new InputMap(List.of("f_proj.0", "f_proj.1"), sizes.value(), false),
                lowerBound,
                false,
                rules.allowNegEigval(),
                new GatedOutput(
                        Optional.of(Nonlinearity.SIGMOID),
                        Optional.of("o_norm.weight"),
                        blocks.normEps(),
                        new InputMap(List.of("g_proj.0", "g_proj.1"), sizes.value(), true),
                        "o_proj"));
        return blocks.around(rule, ProjectionStart.KEYS_AS_QUERIES, 4, scope);
    }
}
