package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.iclsweep.model.tensor.OwnedArrays;
import org.jspecify.annotations.Nullable;

/**
 * Nodes of one generation that are computed at once: n children of each of p parents, each of up to L tokens after a
 * path of up to P. Everything that a token has read is on that path or in its own node, so that scores are taken of
 * these pairs alone. A shorter path begins, and a shorter node ends, with a token that is there several times: those of
 * the path are masked, and what is computed for those of the node is read by nobody.
 */
public final class Siblings {
    private final int parents;
    private final int children;
    private final int longest;
    private final int longestPath;
    private final int[] own;
    private final int[] path;
    private final int[] pathLengths;
    private final PackedLayout layout;
    private final int placedBefore;
    private final int[] place;
    private final PickedSlots ownSlots;
    private final PickedSlots pathSlots;
    private @Nullable PickedSlots placedPath;
    private @Nullable NDArray causal;
    private @Nullable NDArray onPath;
    private @Nullable NDArray onPathAsColumn;

    /**
     * @param nodes of each parent [p][n]
     * @param longest L
     * @param longestPath P
     * @param placedBefore number of outputs of all generations before
     * @param place of each slot among the outputs of all groups, as far as they are known
     */
    Siblings(PackedLayout layout, int[][] nodes, int longest, int longestPath, int placedBefore, int[] place) {
        this.layout = layout;
        this.parents = nodes.length;
        this.children = nodes[0].length;
        this.longest = longest;
        this.longestPath = longestPath;
        this.placedBefore = placedBefore;
        this.place = place;
        own = new int[parents * children * longest];
        path = new int[parents * longestPath];
        pathLengths = new int[parents];
        for (int p = 0; p < parents; p++) {
            pathLengths[p] = Math.min(longestPath, layout.depth(nodes[p][0]));
            int[] before = layout.slotsBefore(nodes[p][0], pathLengths[p]);
            for (int i = 0; i < longestPath; i++) {
                path[p * longestPath + i] = before[Math.max(0, i - longestPath + before.length)];
            }
            for (int c = 0; c < children; c++) {
                int node = nodes[p][c];
                int last = layout.nodes().get(node).length() - 1;
                for (int i = 0; i < longest; i++) {
                    own[(p * children + c) * longest + i] = layout.first(node) + Math.min(i, last);
                }
            }
        }
        ownSlots = new PickedSlots(layout.manager(), own);
        pathSlots = new PickedSlots(layout.manager(), path);
    }

    /** True if nothing comes before these nodes. */
    public boolean areRoots() {
        return longestPath == 0;
    }

    /** L. */
    public int longest() {
        return longest;
    }

    /** The slots of the nodes [p n L]. */
    int[] slots() {
        return own;
    }

    /** The rows of the nodes' tokens [p, H, n L, d] among those of all slots [T, H d], owned by {@code scope}. */
    public NDArray own(NDArray rows, long heads, NDManager scope) {
        return split(ownSlots.of(rows, scope), (long) children * longest, heads);
    }

    /** The rows of the tokens before the nodes [p, H, P, d] among those of all slots, owned by {@code scope}. */
    public NDArray path(NDArray rows, long heads, NDManager scope) {
        return split(pathSlots.of(rows, scope), longestPath, heads);
    }

    /** Number of outputs of all generations before, one group after another: the paths lie among them. */
    public int placedBefore() {
        return placedBefore;
    }

    /** The same among rows that lie as the outputs of all groups before this one do. */
    public NDArray pathPlaced(NDArray rows, long heads, NDManager scope) {
        if (placedPath == null) {
            int[] places = Arrays.stream(path).map(slot -> place[slot]).toArray();
            placedPath = new PickedSlots(layout.manager(), places);
        }
        return split(placedPath.copies(rows, scope), longestPath, heads);
    }

    private NDArray split(NDArray picked, long tokens, long heads) {
        return picked.reshape(parents, tokens, heads, picked.getShape().get(1) / heads)
                .swapAxes(1, 2);
    }

    /** {@code x} [p, H, n L, d] node by node, [p, H, n, L, d]. */
    public NDArray apart(NDArray x) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), children, longest, shape.get(3));
    }

    /** {@code x} [p, H, n, L, d] in one, [p, H, n L, d]. */
    public NDArray together(NDArray x) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), (long) children * longest, shape.get(4));
    }

    /** 1 where a token of a node has read another of it, itself included, else 0 [L, L]. */
    public NDArray causal() {
        if (causal == null) {
            float[] mask = new float[longest * longest];
            for (int row = 0; row < longest; row++) {
                Arrays.fill(mask, row * longest, row * longest + row + 1, 1);
            }
            causal = OwnedArrays.of(layout.manager(), mask, new Shape(longest, longest), layout.type);
        }
        return causal;
    }

    /** 1 for the tokens of paths, 0 for what is before shorter ones [p, 1, 1, P]; null where all are equally long. */
    public @Nullable NDArray onPath() {
        if (onPath == null && Arrays.stream(pathLengths).anyMatch(length -> length < longestPath)) {
            float[] mask = new float[path.length];
            for (int p = 0; p < parents; p++) {
                Arrays.fill(mask, (p + 1) * longestPath - pathLengths[p], (p + 1) * longestPath, 1);
            }
            onPath = OwnedArrays.of(layout.manager(), mask, new Shape(parents, 1, 1, longestPath), layout.type);
        }
        return onPath;
    }

    /** {@code x} [p, H, P, d] with zeros for what is before shorter paths. */
    public NDArray masked(NDArray x) {
        NDArray mask = onPath();
        if (mask == null) {
            return x;
        }
        if (onPathAsColumn == null) {
            onPathAsColumn = mask.swapAxes(2, 3);
        }
        return x.mul(onPathAsColumn);
    }

    /** Positions of the nodes' tokens on their paths [p, 1, n L, 1] (int64), owned by {@code scope}. */
    public NDArray positions(NDManager scope) {
        return scope.create(positionsOf(own), new Shape(parents, 1, (long) children * longest, 1));
    }

    /** Distances in tokens of the nodes' tokens from those of their paths [p, 1, n L, P] (int64). */
    public NDArray distancesToPath(NDManager scope) {
        return positions(scope).sub(scope.create(positionsOf(path), new Shape(parents, 1, 1, longestPath)));
    }

    private long[] positionsOf(int[] slots) {
        return Arrays.stream(slots).mapToLong(slot -> layout.position(0, slot)).toArray();
    }

    /** Distances in tokens within a node [L, L] (int64), below 0 for those ahead. */
    public NDArray distancesWithin(NDManager scope) {
        long[] places = LongStream.range(0, longest).toArray();
        return scope.create(places, new Shape(longest, 1)).sub(scope.create(places, new Shape(1, longest)));
    }

    /** Distances of the nodes' tokens from the {@code count} converted ones, oldest first [p, 1, n L, count]. */
    public NDArray distancesToConverted(int count, NDManager scope) {
        return positions(scope).add(SlotLayout.distancesBefore(count, scope));
    }
}
