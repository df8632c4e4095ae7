package org.iclsweep.model.family;

import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.mixer.GatedSlotAttention;
import org.iclsweep.model.mixer.JoinedOutput;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code gsa} of flash-linear-attention: gated slot attention (arXiv:2409.07146). Its layers pass {@code use_norm},
 * {@code use_output_gate} and the clamps of the gates to nothing.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"clamp_max", "clamp_min", "use_norm", "use_output_gate"})
record Gsa(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.Heads heads,

        @Key(doc = "M; absent: 64; null: dk.", from = 1) OptionalInt numSlots,

        @Key(
                doc = "φ of q and k.",
                choices = {"swish", "relu", "t2r"},
                otherwise = "swish")
        String featureMap,

        @Key(doc = "τ, the divisor of the gates' logarithms.", above = 0, otherwise = "8")
        double gateLogitNormalizer,

        @Key(doc = "Taps of the short convolutions.", from = 1, otherwise = "4")
        int convSize,

        @Key(doc = "Short convolutions on queries, keys and values.", otherwise = "false")
        boolean useShortConv,

        @Key(doc = "Norm weights.", otherwise = "true") boolean elementwiseAffine,

        @Key(
                doc = "Function of the SwiGLU.",
                choices = {"swish", "silu"},
                otherwise = "swish")
        String hiddenAct)
        implements FamilyFields {
    private static final int SLOTS = 64;

    @Override
    public Architecture architecture(Scope scope) {
        int hiddenSize = blocks.sizes().hiddenSize();
        HeadSizes sizes = heads.sizes(hiddenSize, 4, 1, 1, scope);
        if (sizes.heads() * sizes.value() != hiddenSize) {
            scope.in("expand_v").unexpected("1, as the norm of the outputs is as wide as the stream");
        }
        boolean isLearnt = featureMap.equals("t2r");
        GatedSlotAttention attention = new GatedSlotAttention(
                sizes,
                scope.isNull("num_slots") ? sizes.key() : numSlots.orElse(SLOTS),
                useShortConv ? convSize : 0,
                isLearnt ? Nonlinearity.RELU : Nonlinearity.named(featureMap),
                isLearnt,
                gateLogitNormalizer,
                new JoinedOutput(elementwiseAffine));
        return blocks.around(attention, ProjectionStart.KEYS_AS_QUERIES, 4, scope);
    }
}
