package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.mixer.DeltaRule;
import org.iclsweep.model.mixer.DeltaRule.KeyNorm;
import org.iclsweep.model.mixer.DeltaRule.Steering;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code gated_deltanet} of flash-linear-attention: the gated delta rule (arXiv:2412.06464). */
@Block(spelling = Spelling.SNAKE)
record GatedDeltaNet(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.DeltaRules rules,

        @Key(doc = "Heads of queries and keys.", from = 1, otherwise = "6")
        int numHeads,

        @Key(doc = "Heads of values; absent: as many as of queries.", from = 1)
        OptionalInt numVHeads,

        @Key(doc = "dk.", from = 1, otherwise = "256") int headDim,
        @Key(doc = "dv / dk.", otherwise = "2") double expandV,

        @Key(doc = "Outputs are gated.", otherwise = "true") boolean useGate)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        int valueHeads = numVHeads.orElse(numHeads);
        if (valueHeads % numHeads != 0) {
            scope.fault(
                    "num_v_heads", "expected a multiple of num_heads = %s, found %s".formatted(numHeads, valueHeads));
        }
        DeltaRule rule = new DeltaRule(
                blocks.sizes().hiddenSize(),
                numHeads,
                valueHeads,
                headDim,
                (int) (headDim * expandV),
                rules.taps(),
                Steering.STRENGTHS_AND_DECAYS,
                rules.allowNegEigval(),
                KeyNorm.L2,
                Nonlinearity.SILU,
                Nonlinearity.SILU,
                blocks.gatedOutput(useGate),
                ShortConvQkv.Split.BY_SIDE);
        return blocks.around(rule, ProjectionStart.ORTHOGONAL, 4, scope);
    }

    /** Random models have values as wide as their keys. */
    static Map<String, Integer> random(JsonNode config) {
        return Map.of("expand_v", 1);
    }
}
