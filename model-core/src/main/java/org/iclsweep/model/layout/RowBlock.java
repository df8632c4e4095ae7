package org.iclsweep.model.layout;

import java.util.ArrayList;
import java.util.List;

/** Rows [from, to) of a square of scores, computed a block at a time. */
public record RowBlock(int from, int to) {
    /** Blocks of {@code height} rows, the last one lower. */
    public static List<RowBlock> of(int length, int height) {
        List<RowBlock> blocks = new ArrayList<>();
        for (int from = 0; from < length; from += height) {
            blocks.add(new RowBlock(from, Math.min(length, from + height)));
        }
        return blocks;
    }
}
