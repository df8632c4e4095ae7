package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.Rows;

/**
 * One uninterrupted run over context and query from the zero state (or from the biases of a converted checkpoint), by
 * the scores of every token with all that it has read, or by the recurrence itself where scores are no matrix product.
 * It shares no code with {@link StateRun} but what is done token by token.
 */
record PromptedRun(Decoder decoder) {
    /** The form without a state. */
    record Packed(PackedLayout slots, Parameters before, RunObserver observer) implements Decoder.Form {
        @Override
        public TokenMixer.Output mix(TokenMixer mixer, String module, TokenMixer.Input input, Parameters weights) {
            return mixer.uninterrupted(input, weights, slots, observer);
        }
    }

    /** The last hidden states at every scored position of every branch [N, D], tree by tree, branch by branch. */
    NDArray hidden(NDManager batch, List<PromptTree> trees, Padding padding, RunObserver observer) {
        // On a ladder a tree's bits depend on its own lengths: it shares nothing.
        PromptForest forest = PromptForest.of(trees, padding == Padding.LONGEST);
        PackedLayout slots = new PackedLayout(batch, decoder.type(), forest.nodes(), padding);
        int[] scored = IntStream.range(0, trees.size())
                .flatMap(tree -> scored(trees.get(tree), forest.slots(tree)))
                .toArray();
        RunObserver byTree = observer == RunObserver.NONE ? observer : ByTree.of(observer, batch, trees, forest);
        Packed form = new Packed(slots, decoder.parameters(), byTree);
        ScoredSlots wanted = ScoredSlots.of(batch, slots.length(), new int[][] {scored}, padding, observer);
        return decoder.hidden(batch, new TokenSequence[] {forest.tokens()}, form, wanted);
    }

    /** The slots of a tree that are scored. */
    private static IntStream scored(PromptTree tree, int[] slots) {
        IntStream.Builder scored = IntStream.builder();
        int first = tree.trunk().length();
        for (PromptTree.Branch branch : tree.branches()) {
            for (int position : branch.continuation().positions()) {
                scored.add(slots[first + position]);
            }
            first += branch.length();
        }
        return scored.build();
    }

    /**
     * An observer of trees, row by row: a trunk, then its branches, then any.
     *
     * @param index the slots of each tree's tokens [B T]
     */
    private record ByTree(RunObserver observer, NDArray index, int rows) implements RunObserver {
        static RunObserver of(RunObserver observer, NDManager batch, List<PromptTree> trees, PromptForest forest) {
            int longest = trees.stream().mapToInt(PromptTree::size).max().orElseThrow();
            long[] index = new long[trees.size() * longest];
            for (int row = 0; row < trees.size(); row++) {
                int[] slots = forest.slots(row);
                for (int i = 0; i < slots.length; i++) {
                    index[row * longest + i] = slots[i];
                }
            }
            return new ByTree(observer, batch.create(index), trees.size());
        }

        /** The slots of the trees of {@code x} [1, H, T, d], as [B, H, T, d]. */
        private NDArray rows(NDArray x, NDManager scope) {
            long width = x.getShape().get(1) * x.getShape().get(3);
            NDArray picked = Rows.picked(Heads.rows(x), index, scope);
            return Heads.split(picked.reshape(rows, index.size() / rows, width), (int)
                    x.getShape().get(3));
        }

        @Override
        public void normaliser(NDArray conditioning) {
            try (NDManager scope = conditioning.getManager().newSubManager()) {
                observer.normaliser(rows(conditioning, scope));
            }
        }

        @Override
        public void qkv(Supplier<Qkv> qkv) {
            observer.qkv(() -> {
                Qkv all = qkv.get();
                NDManager layer = all.q().getManager();
                return new Qkv(rows(all.q(), layer), rows(all.k(), layer), rows(all.v(), layer));
            });
        }

        @Override
        public void mixed(String module, Supplier<NDArray> output) {
            observer.mixed(module, output);
        }

        @Override
        public void feedForward(int layer, Supplier<NDArray> stream, Supplier<NDArray> normed) {
            observer.feedForward(layer, stream, normed);
        }

        @Override
        public void routed(String module, Supplier<NDArray> experts) {
            observer.routed(module, experts);
        }

        @Override
        public void layer(int layer, Supplier<NDArray> stream) {
            observer.layer(layer, stream);
        }
    }
}
