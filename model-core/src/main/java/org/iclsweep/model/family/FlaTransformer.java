package org.iclsweep.model.family;

import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code transformer} of flash-linear-attention: softmax attention with rotary positions in all layers. */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"elementwise_affine"})
record FlaTransformer(
        @Inline FlaBlocks blocks,

        @Key(doc = "Heads of queries.", from = 1, otherwise = "32")
        int numHeads,

        @Inline FlaAttention attention,

        @Key(
                doc = "Function of the SwiGLU.",
                choices = {"swish", "silu"},
                otherwise = "swish")
        String hiddenAct)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        if (!blocks.attn().isEmpty()) {
            scope.fault("attn", "expected none, as all layers have softmax attention, found one; leave it out");
        }
        SoftmaxAttention softmax = attention.of(blocks.sizes().hiddenSize(), numHeads, "num_heads", scope);
        return blocks.around(softmax, ProjectionStart.INDEPENDENT, 4, scope);
    }
}
