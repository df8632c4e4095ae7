package org.iclsweep.model.family;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.LlamaBlocks.Absent;
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
    /** The architecture with that window. */
    Architecture architecture(OptionalInt window, Absent absent, Scope scope) {
        SoftmaxAttention attention = new SoftmaxAttention(
                        blocks.sizes().hiddenSize(),
                        blocks.heads(absent, scope),
                        window,
                        attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE)
                .withMomentum(ValueMomentum.of(valueMomentum));
        Mixing mixing = new Mixing(attention, ProjectionStart.INDEPENDENT);
        FeedForward feedForward = blocks.feedForward(mlpBias ? Biases.REQUIRED : Biases.NONE);
        return blocks.around(layer -> mixing, feedForward, absent);
    }
}
