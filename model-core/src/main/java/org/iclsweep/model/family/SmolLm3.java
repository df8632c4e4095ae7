package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
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

/** {@code smollm3}: Llama's blocks, of which some layers have no positions (NoPE, arXiv:2305.19466). */
@Block(spelling = Spelling.SNAKE, ignored = "max_window_layers")
record SmolLm3(
        @Inline LlamaBlocks blocks,

        @Key(doc = "Attention biases.", otherwise = "false") boolean attentionBias,

        @Key(doc = "MLP biases.", otherwise = "false") boolean mlpBias,

        @Key(doc = "1 for a layer with rotary positions, 0 for one without.", from = 0, to = 1)
        Optional<List<Integer>> noRopeLayers,

        @Key(doc = "n: where no_rope_layers is absent, every n-th layer has no positions.", from = 1, otherwise = "4")
        int noRopeLayerInterval,

        @Key(doc = "Windows in the layers without positions.", otherwise = "false")
        boolean useSlidingWindow,

        @Key(doc = "Tokens attended to, the token itself included; absent: all.", from = 1)
        OptionalInt slidingWindow,

        @Inline LayerTypes types)
        implements FamilyFields {
    private static final Absent ABSENT = new Absent(true, 1e-6, 2_000_000, OptionalInt.of(4), OptionalInt.empty());

    @Override
    public Architecture architecture(Scope scope) {
        int layers = blocks.sizes().numHiddenLayers();
        List<Boolean> turns = turns(layers, scope);
        KvHeads heads = blocks.heads(ABSENT, scope);
        OptionalInt window = useSlidingWindow ? slidingWindow : OptionalInt.empty();
        List<OptionalInt> windows =
                types.windows(layers, window, layer -> window.isPresent() && !turns.get(layer), scope);
        return blocks.around(
                layer -> attention(turns.get(layer) ? heads : heads.withoutPositions(), windows.get(layer)),
                blocks.feedForward(mlpBias ? Biases.REQUIRED : Biases.NONE),
                ABSENT);
    }

    /** True for the layers with rotary positions. */
    private List<Boolean> turns(int layers, Scope scope) {
        List<Boolean> every = IntStream.rangeClosed(1, layers)
                .mapToObj(layer -> layer % noRopeLayerInterval != 0)
                .toList();
        List<Boolean> turns = noRopeLayers
                .map(given -> given.stream().map(one -> one == 1).toList())
                .orElse(every);
        if (turns.size() < layers) {
            scope.in("no_rope_layers").unexpected("one for each of num_hidden_layers = " + layers);
            return every;
        }
        return turns;
    }

    private Mixing attention(KvHeads heads, OptionalInt window) {
        return new Mixing(
                new SoftmaxAttention(
                        blocks.sizes().hiddenSize(),
                        heads,
                        window,
                        attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE),
                ProjectionStart.INDEPENDENT);
    }
}
