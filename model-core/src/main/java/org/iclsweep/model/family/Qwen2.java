package org.iclsweep.model.family;

import java.util.List;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code qwen2} (arXiv:2407.10671): Llama's blocks with biases on q, k and v, and windows in the upper layers. */
@Block(spelling = Spelling.SNAKE)
record Qwen2(
        @Inline LlamaBlocks blocks,
        @Inline QwenWindows windows,

        @Key(doc = "Positions of several axes.", choices = "false", otherwise = "false")
        boolean useMrope)
        implements FamilyFields {
    private static final Absent ABSENT = Absent.LLAMA.withKeyValueHeads(32);

    @Override
    public Architecture architecture(Scope scope) {
        KvHeads heads = blocks.heads(ABSENT, scope);
        List<OptionalInt> window = windows.windows(blocks.sizes().numHiddenLayers(), scope);
        return blocks.around(
                layer -> new Mixing(
                        new SoftmaxAttention(
                                blocks.sizes().hiddenSize(), heads, window.get(layer), SoftmaxProjections.QKV_BIASED),
                        ProjectionStart.INDEPENDENT),
                blocks.feedForward(Biases.NONE),
                ABSENT);
    }
}
