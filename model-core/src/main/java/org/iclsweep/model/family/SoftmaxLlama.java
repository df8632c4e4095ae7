package org.iclsweep.model.family;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.ProjectionStart;

/** Llama with softmax attention over all earlier tokens or over the last of them. */
record SoftmaxLlama(
        @Inline LlamaBlocks blocks,

        @Key(doc = "Attention biases.", otherwise = "false") boolean attentionBias,

        @Key(doc = "MLP biases.", otherwise = "false") boolean mlpBias,

        @Key(doc = "η of momentum attention; absent: none.", above = 0, below = 1)
        OptionalDouble valueMomentum) {
    /** The architecture with these key-value heads where none are given, and that window. */
    Architecture architecture(int keyValueHeads, OptionalInt window, Scope scope) {
        SoftmaxAttention attention = new SoftmaxAttention(
                blocks.dimensions().hiddenSize(),
                blocks.numAttentionHeads(),
                blocks.keyValueHeads(keyValueHeads, scope),
                blocks.headDimension(),
                OptionalDouble.of(blocks.rope().theta()),
                window,
                1 / Math.sqrt(blocks.headDimension()),
                attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE,
                OptionalDouble.empty(),
                ValueMomentum.of(valueMomentum));
        return blocks.around(
                new Mixing(attention, ProjectionStart.INDEPENDENT), mlpBias ? Biases.REQUIRED : Biases.NONE);
    }
}
