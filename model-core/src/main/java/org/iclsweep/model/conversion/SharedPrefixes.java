package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The states after many contexts that are made of the same pieces, as a set of demonstrations without each of them, or
 * in every order. The contexts make a tree of pieces; each of its nodes is read once, on top of its parent's state, and
 * all nodes of a level are read together.
 *
 * @param mostTokens slots that are read at once, padding included
 */
public record SharedPrefixes(LanguageModel model, Padding padding, int mostTokens) {

    /**
     * The state after each of {@code contexts}, one row each, in their order, owned by {@code batch}.
     *
     * @param contexts the pieces of each; they need not be equally many
     * @param initial the state that all of them follow [1, ...]
     */
    public ContextState states(NDManager batch, List<List<TokenSequence>> contexts, ContextState initial) {
        new KvCacheConversion().requirePossible(model.layout());
        Tree tree = Tree.of(contexts);
        List<ContextState> ends = new ArrayList<>();
        long[] rowOfContext = new long[contexts.size()];
        int rows = 0;
        ContextState level = initial;
        NDManager owner = batch.newSubManager();
        try {
            for (int depth = 0; depth <= tree.levels.size(); depth++) {
                if (depth > 0) {
                    NDManager next = batch.newSubManager();
                    level = read(next, List.copyOf(tree.levels.get(depth - 1).keySet()), level);
                    owner.close();
                    owner = next;
                }
                long[] ended = tree.nodesOfContextsThatEnd(depth, rowOfContext, rows);
                if (ended.length > 0) {
                    ends.add(level.select(batch.create(ended)));
                    rows += ended.length;
                }
            }
        } finally {
            owner.close();
        }
        return ContextState.joined(ends).select(batch.create(rowOfContext));
    }

    /** Number of tokens that are read for these contexts: those of every distinct prefix once. */
    public static long tokens(List<List<TokenSequence>> contexts) {
        return Tree.of(contexts).levels.stream()
                .flatMap(level -> level.keySet().stream())
                .mapToLong(node -> node.piece().length())
                .sum();
    }

    /** The states after the nodes of one level, read in blocks of bounded size. */
    private ContextState read(NDManager owner, List<Node> nodes, ContextState parents) {
        List<ContextState> blocks = new ArrayList<>();
        int from = 0;
        while (from < nodes.size()) {
            int to = blockEnd(nodes, from);
            List<Node> block = nodes.subList(from, to);
            long[] rows = block.stream().mapToLong(Node::parent).toArray();
            List<List<TokenSequence>> pieces =
                    block.stream().map(node -> List.of(node.piece())).toList();
            ContextState before = parents.select(owner.create(rows));
            blocks.add(model.contextStates(owner, pieces, before, padding).get(0));
            from = to;
        }
        return ContextState.joined(blocks);
    }

    private int blockEnd(List<Node> nodes, int from) {
        int longest = 0;
        int to = from;
        while (to < nodes.size()) {
            longest = Math.max(longest, padding.of(nodes.get(to).piece().length()));
            if (to > from && (long) longest * (to + 1 - from) > mostTokens) {
                break;
            }
            to++;
        }
        return to;
    }

    /** A piece that is read on top of the state of node {@code parent} of the level before. */
    private record Node(int parent, TokenSequence piece) {}

    /**
     * @param levels the nodes of every depth from 1, numbered in their order
     * @param lengths number of pieces of each context
     * @param lasts the node of each context's last piece, in its level
     */
    private record Tree(List<Map<Node, Integer>> levels, int[] lengths, int[] lasts) {
        static Tree of(List<List<TokenSequence>> contexts) {
            int deepest = contexts.stream().mapToInt(List::size).max().orElse(0);
            List<Map<Node, Integer>> levels = new ArrayList<>();
            for (int depth = 0; depth < deepest; depth++) {
                levels.add(new LinkedHashMap<>());
            }
            int[] lengths = new int[contexts.size()];
            int[] lasts = new int[contexts.size()];
            for (int c = 0; c < lengths.length; c++) {
                List<TokenSequence> pieces = contexts.get(c);
                lengths[c] = pieces.size();
                int at = 0;
                for (int depth = 0; depth < pieces.size(); depth++) {
                    Map<Node, Integer> level = levels.get(depth);
                    int next = level.size();
                    at = level.computeIfAbsent(new Node(at, pieces.get(depth)), node -> next);
                }
                lasts[c] = at;
            }
            return new Tree(levels, lengths, lasts);
        }

        /**
         * The nodes that contexts of {@code depth} pieces end with; notes in {@code rowOfContext} which row each of
         * these contexts gets, counted from {@code firstRow}.
         */
        long[] nodesOfContextsThatEnd(int depth, long[] rowOfContext, int firstRow) {
            List<Long> nodes = new ArrayList<>();
            for (int c = 0; c < lengths.length; c++) {
                if (lengths[c] == depth) {
                    rowOfContext[c] = firstRow + (long) nodes.size();
                    nodes.add((long) lasts[c]);
                }
            }
            return nodes.stream().mapToLong(Long::longValue).toArray();
        }
    }
}
