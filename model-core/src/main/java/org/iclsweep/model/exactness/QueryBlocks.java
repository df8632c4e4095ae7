package org.iclsweep.model.exactness;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.layout.Padding;

/**
 * Queries in blocks that run at once, of similar lengths: a row shorter than the longest of its block is computed with
 * it to the end. On a ladder of lengths they stay in their order, so that a block does not depend on who else is there.
 */
final class QueryBlocks {
    /** Empty slots that cost less than another block, and their part of a block's tokens. */
    private static final int FEW = 64;

    private static final double FEW_OF = 0.05;

    private QueryBlocks() {}

    /**
     * The blocks, as indices of queries.
     *
     * @param lengths of the queries, in tokens
     * @param most queries of a block
     */
    static List<int[]> of(int[] lengths, int most, Padding padding) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, lengths.length).boxed().toList());
        if (padding == Padding.LONGEST) {
            order.sort(
                    Comparator.comparingInt((Integer query) -> lengths[query]).reversed());
        }
        List<int[]> blocks = new ArrayList<>();
        int from = 0;
        long tokens = 0;
        long empty = 0;
        for (int to = 0; to < order.size(); to++) {
            int length = lengths[order.get(to)];
            long left = lengths[order.get(from)] - length;
            boolean isFull = to - from == most
                    || (padding == Padding.LONGEST && empty + left > FEW + FEW_OF * (tokens + length));
            if (to > from && isFull) {
                blocks.add(indices(order.subList(from, to)));
                from = to;
                tokens = 0;
                empty = 0;
                left = 0;
            }
            tokens += length;
            empty += left;
        }
        blocks.add(indices(order.subList(from, order.size())));
        return blocks;
    }

    private static int[] indices(List<Integer> queries) {
        return queries.stream().mapToInt(Integer::intValue).toArray();
    }
}
