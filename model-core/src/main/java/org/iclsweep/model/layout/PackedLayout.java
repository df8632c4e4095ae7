package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Slots of a batch of prompt trees. A tree is a trunk (a context) with branches (queries), each of which has read the
 * first {@code depth} tokens of the trunk and nothing of the other branches. A row holds a trunk, then its branches,
 * then empty slots. A mask of ancestors makes one run over the row equal to a run over each context and query alone.
 */
public final class PackedLayout extends SlotLayout {
    /** The tokens of a row's trunk and of each branch, and the depth of each: the trunk tokens that it has read. */
    public record Tree(int trunk, int[] depths, int[] lengths) {
        /** Number of tokens in all. */
        public int size() {
            return trunk + Arrays.stream(lengths).sum();
        }
    }

    private static final int EMPTY = -1;
    private static final int TRUNK = 0;

    private final List<Tree> trees;
    private final int[][] branch;
    private final int[][] depth;
    private final int[][] start;
    private final NDArray branches;
    private final NDArray depths;
    private final NDArray positions;

    /** The layout of {@code trees}, {@code length} slots a row; its arrays are owned by {@code manager}. */
    public PackedLayout(NDManager manager, DataType type, List<Tree> trees, int length) {
        super(manager, type, trees.size(), length);
        this.trees = List.copyOf(trees);
        branch = new int[rows][length];
        depth = new int[rows][length];
        start = new int[rows][length];
        for (int row = 0; row < rows; row++) {
            Arrays.fill(branch[row], EMPTY);
            place(trees.get(row), row);
        }
        branches = perSlot(branch);
        depths = perSlot(depth);
        positions = perSlot(position);
    }

    private void place(Tree tree, int row) {
        for (int slot = 0; slot < tree.trunk(); slot++) {
            branch[row][slot] = TRUNK;
            position[row][slot] = slot;
        }
        int slot = tree.trunk();
        for (int b = 0; b < tree.lengths().length; b++) {
            int first = slot;
            for (int i = 0; i < tree.lengths()[b]; i++, slot++) {
                branch[row][slot] = b + 1;
                depth[row][slot] = tree.depths()[b];
                start[row][slot] = first;
                position[row][slot] = tree.depths()[b] + i;
            }
        }
    }

    /** The trees, one a row. */
    public List<Tree> trees() {
        return trees;
    }

    @Override
    public int[] tokenSlots(int row) {
        return IntStream.range(0, length)
                .filter(slot -> branch[row][slot] != EMPTY)
                .toArray();
    }

    /** 1 where slot i of {@code rows} has read slot j, itself included, else 0 [B, 1, rows, to]; of {@code scope}. */
    public NDArray ancestors(RowBlock rows, NDManager scope) {
        NDArray own = rows.part(branches, scope);
        NDArray deep = rows.part(depths, scope);
        NDArray others = rows.upTo(branches, scope).swapAxes(2, 3);
        NDArray column = slots(scope, 0, rows.to()).reshape(1, 1, 1, rows.to());
        NDArray row = slots(scope, rows.from(), rows.to()).reshape(1, 1, rows.to() - rows.from(), 1);
        NDArray sameBranch = own.eq(others).logicalAnd(column.lte(row));
        NDArray onTrunk = others.eq(TRUNK).logicalAnd(column.lt(deep));
        return sameBranch.logicalOr(onTrunk).toType(type, false);
    }

    /** 1 where slot j is less than {@code window} tokens behind slot i of {@code rows}, else 0 [B, 1, rows, to]. */
    public NDArray recent(RowBlock rows, int window, NDManager scope) {
        return distances(rows, scope).lt(window).toType(type, false);
    }

    /**
     * Distances in tokens from slot j to slot i of {@code rows}, where both are on one path [B, 1, rows, to] (int64).
     */
    public NDArray distances(RowBlock rows, NDManager scope) {
        NDArray there = rows.upTo(positions, scope).swapAxes(2, 3);
        return positions(rows, scope).sub(there);
    }

    /** Positions of the tokens of {@code rows} on their paths [B, 1, rows, 1] (int64); owned by {@code scope}. */
    public NDArray positions(RowBlock rows, NDManager scope) {
        return rows.part(positions, scope);
    }

    /** The same for the {@code count} tokens converted before the first slot, oldest first [B, 1, rows, count]. */
    public NDArray recentBefore(RowBlock rows, int count, int window, NDManager scope) {
        NDArray distances = positions(rows, scope).add(distancesBefore(count, scope));
        return distances.lt(window).toType(type, false);
    }

    /**
     * Sums of {@code steps} [B, H, T] along each slot's own path from the first token, itself included, in float64 [B,
     * H, T]: differences of these are what decays are made of, and in float32 they would lose what the sums grow by.
     */
    public NDArray pathSums(NDArray steps) {
        NDArray sums = steps.toType(DataType.FLOAT64, false).cumSum(2);
        NDArray upTo = sums.getManager()
                .zeros(new Shape(rows, steps.getShape().get(1), 1), DataType.FLOAT64)
                .concat(sums, 2);
        Shape shape = sums.getShape();
        NDArray beforeBranch = upTo.gather(longs(start).expandDims(1).broadcast(shape), 2);
        NDArray beforeTurn = upTo.gather(longs(depth).expandDims(1).broadcast(shape), 2);
        return sums.sub(beforeBranch).add(beforeTurn);
    }

    @Override
    int[][] earlierRows(int lag, int kernel) {
        int[][] index = new int[rows][length];
        for (int row = 0; row < rows; row++) {
            for (int slot = 0; slot < length; slot++) {
                int within = slot - start[row][slot];
                boolean onBranch = within >= lag || branch[row][slot] <= TRUNK;
                int earlier = onBranch ? slot - lag : depth[row][slot] + within - lag;
                index[row][slot] = kernel - 1 + earlier;
            }
        }
        return index;
    }

    private static NDArray slots(NDManager scope, int from, int to) {
        long[] values = new long[to - from];
        Arrays.setAll(values, i -> from + i);
        return scope.create(values);
    }
}
