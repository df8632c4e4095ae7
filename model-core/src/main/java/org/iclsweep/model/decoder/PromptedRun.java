package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;

/**
 * One uninterrupted run over context and query from the zero state (or from the biases of a converted checkpoint), by
 * the quadratic form, or by the recurrence itself where scores are no matrix product. It shares no code with
 * {@link StateRun} but what is done token by token.
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
        int longest = trees.stream().mapToInt(PromptTree::size).max().orElse(0);
        int length = Math.max(1, padding.of(longest));
        PackedLayout slots = new PackedLayout(
                batch, decoder.type(), trees.stream().map(PromptedRun::shape).toList(), length);
        TokenSequence[] rows = trees.stream().map(PromptedRun::row).toArray(TokenSequence[]::new);
        int[][] scoredSlots = trees.stream().map(PromptedRun::scored).toArray(int[][]::new);
        ScoredSlots scored = ScoredSlots.of(batch, length, scoredSlots, observer);
        Packed form = new Packed(slots, decoder.parameters(), observer);
        return decoder.hidden(batch, rows, form, scored);
    }

    private static PackedLayout.Tree shape(PromptTree tree) {
        int[] depths =
                tree.branches().stream().mapToInt(PromptTree.Branch::depth).toArray();
        int[] lengths =
                tree.branches().stream().mapToInt(PromptTree.Branch::length).toArray();
        return new PackedLayout.Tree(tree.trunk().length(), depths, lengths);
    }

    private static TokenSequence row(PromptTree tree) {
        List<TokenSequence> parts = new ArrayList<>();
        parts.add(tree.trunk());
        tree.branches().forEach(branch -> parts.add(branch.continuation().tokens()));
        return TokenSequence.concat(parts);
    }

    /** The slots of a tree's row that are scored. */
    private static int[] scored(PromptTree tree) {
        IntStream.Builder slots = IntStream.builder();
        int first = tree.trunk().length();
        for (PromptTree.Branch branch : tree.branches()) {
            for (int position : branch.continuation().positions()) {
                slots.add(first + position);
            }
            first += branch.length();
        }
        return slots.build().toArray();
    }
}
