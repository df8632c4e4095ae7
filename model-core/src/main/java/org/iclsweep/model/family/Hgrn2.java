package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.mixer.ExpandedGatedRecurrence;
import org.iclsweep.model.mixer.JoinedOutput;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code hgrn2} of flash-linear-attention: the gated recurrence with an expanded state (arXiv:2404.07904). Heads follow
 * from {@code expand_ratio}, whatever {@code num_heads} is, unless it is null.
 */
@Block(spelling = Spelling.SNAKE)
record Hgrn2(
        @Inline FlaBlocks blocks,
        @Inline Hgrn.Gates gates,

        @Key(doc = "dk, of which D has as many as there are heads; absent: 128; null: D by num_heads.", from = 1)
        OptionalInt expandRatio,

        @Key(doc = "Heads, where expand_ratio is null.", from = 1)
        OptionalInt numHeads)
        implements FamilyFields {
    private static final int EXPAND_RATIO = 128;

    /** Heads of a random model as many as are asked for. */
    static Map<String, Integer> random(JsonNode config) {
        int heads = Math.max(1, config.path("num_heads").asInt(1));
        return Map.of("expand_ratio", config.path("hidden_size").asInt() / heads);
    }

    @Override
    public Architecture architecture(Scope scope) {
        int hiddenSize = blocks.sizes().hiddenSize();
        boolean byHeads = scope.isNull("expand_ratio");
        if (byHeads && numHeads.isEmpty()) {
            scope.fault("num_heads", "expected a number of heads where expand_ratio is null, found none");
        }
        int key = byHeads ? hiddenSize / numHeads.orElse(1) : expandRatio.orElse(EXPAND_RATIO);
        int heads = Math.max(1, hiddenSize / Math.max(1, key));
        if (key > hiddenSize || hiddenSize % heads != 0) {
            scope.fault(
                    byHeads ? "num_heads" : "expand_ratio",
                    "expected a number by which hidden_size = %s makes heads of one size, found %s"
                            .formatted(hiddenSize, byHeads ? numHeads.orElse(1) : key));
        }
        HeadSizes sizes = new HeadSizes(hiddenSize, heads, heads, Math.max(1, key), Math.max(1, hiddenSize / heads));
        return gates.bounding(
                blocks.around(
                        layer -> new ExpandedGatedRecurrence(
                                sizes, gates.taps(), gates.gate(layer), new JoinedOutput(gates.elementwiseAffine())),
                        ProjectionStart.INDEPENDENT,
                        4,
                        scope),
                hiddenSize);
    }
}
