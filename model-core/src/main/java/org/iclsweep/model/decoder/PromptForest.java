package org.iclsweep.model.decoder;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Node;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The prompts of a batch as a forest over tokens: what trees have in common from their first token on is one path, and
 * so are equal branches of one place.
 */
final class PromptForest {
    /**
     * Tokens of a node that others follow: this part of the trunk, within bounds. Scores with those that lie ahead in a
     * node are computed in vain; each node reads its path anew.
     */
    private static final int PARTS = 8;

    private static final int LEAST_INNER = 64;
    private static final int MOST_INNER = 256;

    /** The most tokens of one that none follows. */
    private static final int LEAF = 256;

    /** A place that a branch is at; {@code tree} is 0 where trees share. */
    private record Place(int tree, int parent, TokenSequence tokens) {}

    private final List<PromptTree> trees;
    private final boolean shared;
    private final List<Node> nodes = new ArrayList<>();
    private final List<TokenSequence> tokens = new ArrayList<>();
    private final int[][] slots;
    private final Map<Place, int[]> leaves = new HashMap<>();
    private final int inner;
    private int placed;

    private PromptForest(List<PromptTree> trees, boolean shared) {
        this.trees = trees;
        this.shared = shared;
        int longest =
                trees.stream().mapToInt(tree -> tree.trunk().length()).max().orElse(0);
        this.inner = Math.max(LEAST_INNER, Math.min(MOST_INNER, longest / PARTS));
        this.slots = trees.stream().map(tree -> new int[tree.size()]).toArray(int[][]::new);
    }

    /**
     * The forest of {@code trees}.
     *
     * @param shared true if trees share what they have in common; else each tree is for itself
     */
    static PromptForest of(List<PromptTree> trees, boolean shared) {
        PromptForest forest = new PromptForest(trees, shared);
        List<Integer> all = IntStream.range(0, trees.size()).boxed().toList();
        if (shared) {
            forest.addFrom(all, 0, PackedLayout.ROOT);
        } else {
            all.forEach(tree -> forest.addFrom(List.of(tree), 0, PackedLayout.ROOT));
        }
        return forest;
    }

    /** The nodes, parents before their children. */
    List<Node> nodes() {
        return nodes;
    }

    /** The tokens of all nodes, one after another. */
    TokenSequence tokens() {
        return TokenSequence.concat(tokens);
    }

    /** The slots of a tree's tokens: those of its trunk, then those of its branches. */
    int[] slots(int tree) {
        return slots[tree];
    }

    /** Adds the nodes behind {@code depth} tokens that all of {@code alike} have in common. */
    private void addFrom(List<Integer> alike, int depth, int parent) {
        alike.forEach(tree -> addBranches(tree, depth, parent));
        List<Integer> left = new ArrayList<>(alike);
        left.removeIf(tree -> trees.get(tree).trunk().length() == depth);
        while (!left.isEmpty()) {
            TokenSequence first = rest(left.get(0), depth);
            List<Integer> together = left.stream()
                    .filter(tree -> rest(tree, depth).commonPrefix(first) > 0)
                    .toList();
            left.removeAll(together);
            int length = together.stream()
                    .mapToInt(tree -> Math.min(rest(tree, depth).commonPrefix(first), toNextBranch(tree, depth)))
                    .min()
                    .orElseThrow();
            int from = placed;
            int last = add(parent, first.slice(0, length), inner);
            for (int tree : together) {
                for (int i = 0; i < length; i++) {
                    slots[tree][depth + i] = from + i;
                }
            }
            addFrom(together, depth + length, last);
        }
    }

    private TokenSequence rest(int tree, int depth) {
        TokenSequence trunk = trees.get(tree).trunk();
        return trunk.slice(depth, trunk.length());
    }

    /** Number of the trunk's tokens from {@code depth} to the next place that a branch leaves it at, or to its end. */
    private int toNextBranch(int tree, int depth) {
        OptionalInt next = trees.get(tree).branches().stream()
                .mapToInt(PromptTree.Branch::depth)
                .filter(branch -> branch > depth)
                .min();
        return next.orElse(trees.get(tree).trunk().length()) - depth;
    }

    private void addBranches(int tree, int depth, int parent) {
        int slot = trees.get(tree).trunk().length();
        for (PromptTree.Branch branch : trees.get(tree).branches()) {
            if (branch.depth() == depth) {
                int[] own = leaf(tree, parent, branch.continuation().tokens());
                System.arraycopy(own, 0, slots[tree], slot, own.length);
            }
            slot += branch.length();
        }
    }

    private int[] leaf(int tree, int parent, TokenSequence of) {
        return leaves.computeIfAbsent(new Place(shared ? 0 : tree, parent, of), place -> {
            int from = placed;
            add(parent, of, LEAF);
            return IntStream.range(from, placed).toArray();
        });
    }

    /** A path of nodes of up to {@code most} tokens; the last of them. */
    private int add(int parent, TokenSequence of, int most) {
        int last = parent;
        for (int from = 0; from < of.length(); from += most) {
            TokenSequence part = of.slice(from, Math.min(of.length(), from + most));
            nodes.add(new Node(last, part.length()));
            tokens.add(part);
            placed += part.length();
            last = nodes.size() - 1;
        }
        return last;
    }
}
