package org.iclsweep.model.family;

import java.util.OptionalDouble;
import org.iclsweep.model.family.FlaBlocks.HeadSizes;
import org.iclsweep.model.mixer.GatedLinearAttention;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code gla} of flash-linear-attention: gated linear attention (arXiv:2312.06635). */
final class Gla implements Family {
    @Override
    public String modelType() {
        return "gla";
    }

    /** False: no start is made for the biases of its decays. */
    @Override
    public boolean isTrained() {
        return false;
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        HeadSizes sizes = HeadSizes.of(fields, 4, 0.5, 1);
        double leastLogDecay = fields.number("clamp_min", 0);
        fields.only("use_gk", "true");
        fields.only("use_gv", "false");
        GatedLinearAttention attention = new GatedLinearAttention(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.keyValueHeads(),
                sizes.key(),
                sizes.value(),
                FlaBlocks.featureMap(fields),
                FlaBlocks.convolution(fields, false),
                fields.isGiven("clamp_min") ? OptionalDouble.of(leastLogDecay) : OptionalDouble.empty(),
                FlaBlocks.output(fields));
        return FlaBlocks.of(fields, attention, ProjectionStart.KEYS_AS_QUERIES, 4);
    }
}
