package org.iclsweep.model.family;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.LlamaBlocks.Heads;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxAttention.Projections;
import org.iclsweep.model.tensor.ProjectionStart;

/** Llama with softmax attention over all earlier tokens or over the last of them. */
final class SoftmaxLlama {
    private SoftmaxLlama() {}

    /** The architecture in {@code fields}, with these key-value heads where they name none, and that window. */
    static Architecture of(ConfigurationFields fields, OptionalInt keyValueHeads, OptionalInt window) {
        Heads heads = Heads.of(fields, keyValueHeads);
        SoftmaxAttention attention = new SoftmaxAttention(
                heads.hiddenSize(),
                heads.heads(),
                heads.keyValue(),
                heads.dimension(),
                OptionalDouble.of(Rope.theta(fields)),
                window,
                1 / Math.sqrt(heads.dimension()),
                fields.flag("attention_bias", false) ? Projections.BIASED : Projections.SEPARATE,
                OptionalDouble.empty(),
                fields.valueMomentum());
        return LlamaBlocks.of(
                fields,
                new Mixing(attention, ProjectionStart.INDEPENDENT),
                fields.flag("mlp_bias", false) ? Biases.REQUIRED : Biases.NONE);
    }
}
