package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.model.tensor.Heads;

/**
 * The slots of a forest of token sequences, in one row. The tokens of a node follow those of its parent and have read
 * nothing of other nodes: prompts with a common beginning are paths with common nodes. The nodes' tokens lie one after
 * another, so that nothing is computed for empty slots but the few at the end that a ladder asks for.
 */
public final class PackedLayout extends SlotLayout {
    /** The parent of nodes that nothing comes before. */
    public static final int ROOT = -1;

    /** The slots of a run whose lengths are on a ladder are a multiple of this. */
    private static final int MULTIPLE = 32;

    /** A number of tokens that follow those of the node {@code parent}, which comes before this one in the list. */
    public record Node(int parent, int length) {
        public Node {
            if (length < 1) {
                throw new IllegalArgumentException("A node needs a token");
            }
        }
    }

    /** The limits of a division into groups. */
    private record Limits(int heads, int width, int reach) {}

    private final NDManager manager;
    private final List<Node> nodes;
    private final Padding padding;
    private final int[] first;
    private final int[] node;
    private final List<List<Integer>> nodesByGeneration = new ArrayList<>();
    private final Map<Limits, Generations> generations = new HashMap<>();
    private final Map<Integer, PackedLayout> finer = new HashMap<>();

    /** The layout of {@code nodes}; its arrays are owned by {@code manager}. */
    public PackedLayout(NDManager manager, DataType type, List<Node> nodes, Padding padding) {
        this(manager, type, nodes, padding, slots(nodes, padding));
    }

    private PackedLayout(NDManager manager, DataType type, List<Node> nodes, Padding padding, int slots) {
        super(manager, type, 1, slots);
        this.manager = manager;
        this.nodes = List.copyOf(nodes);
        this.padding = padding;
        first = new int[nodes.size()];
        node = new int[length];
        int[] generation = new int[nodes.size()];
        int slot = 0;
        for (int n = 0; n < first.length; n++) {
            int parent = nodes.get(n).parent();
            first[n] = slot;
            generation[n] = parent == ROOT ? 0 : generation[parent] + 1;
            if (generation[n] == nodesByGeneration.size()) {
                nodesByGeneration.add(new ArrayList<>());
            }
            nodesByGeneration.get(generation[n]).add(n);
            int before = parent == ROOT ? 0 : position[0][last(parent)] + 1;
            for (int i = 0; i < nodes.get(n).length(); i++, slot++) {
                node[slot] = n;
                position[0][slot] = before + i;
            }
        }
    }

    /** One sequence after another, of {@code lengths} tokens, without anything in common. */
    public static PackedLayout ofSequences(NDManager manager, DataType type, int[] lengths) {
        List<Node> roots =
                Arrays.stream(lengths).mapToObj(n -> new Node(ROOT, n)).toList();
        return new PackedLayout(manager, type, roots, Padding.LONGEST);
    }

    private static int slots(List<Node> nodes, Padding padding) {
        int tokens = nodes.stream().mapToInt(Node::length).sum();
        if (tokens == 0) {
            throw new IllegalArgumentException("A run needs a token");
        }
        return padding == Padding.LONGEST ? tokens : (tokens + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    }

    /** The layout with {@code steps} slots in the place of each. */
    public PackedLayout finer(int steps) {
        return finer.computeIfAbsent(steps, n -> {
            List<Node> longer = nodes.stream()
                    .map(one -> new Node(one.parent(), n * one.length()))
                    .toList();
            return new PackedLayout(manager, type, longer, padding, n * length);
        });
    }

    /** The nodes, parents before their children. */
    public List<Node> nodes() {
        return nodes;
    }

    /** The slot of the first token of a node. */
    public int first(int of) {
        return first[of];
    }

    private int last(int of) {
        return first[of] + nodes.get(of).length() - 1;
    }

    /** The nodes of each generation, roots first. */
    public List<List<Integer>> nodesByGeneration() {
        return nodesByGeneration;
    }

    Padding padding() {
        return padding;
    }

    NDManager manager() {
        return manager;
    }

    /** Number of tokens before the first one of {@code of} on its path. */
    int depth(int of) {
        return position[0][first[of]];
    }

    /** The slots of the last {@code count} tokens before the node {@code of}, oldest first. */
    int[] slotsBefore(int of, int count) {
        int[] slots = new int[count];
        int left = count;
        for (int n = nodes.get(of).parent(); left > 0; n = nodes.get(n).parent()) {
            for (int slot = last(n); slot >= first[n] && left > 0; slot--) {
                slots[--left] = slot;
            }
        }
        return slots;
    }

    @Override
    public int[] tokenSlots(int row) {
        return IntStream.range(0, last(nodes.size() - 1) + 1).toArray();
    }

    /**
     * The division of the nodes into groups that are computed at once.
     *
     * @param heads H, of which every pair of tokens has a score
     * @param width numbers of a head's key and value together
     * @param reach number of tokens, itself included, that a token reads at most
     */
    public Generations generations(long heads, long width, int reach) {
        return generations.computeIfAbsent(
                new Limits((int) heads, (int) width, reach),
                limits -> SiblingGroups.of(this, type, limits.heads(), limits.width(), limits.reach()));
    }

    /** The same for tokens that read all before them. */
    public Generations generations(long heads, long width) {
        return generations(heads, width, Integer.MAX_VALUE);
    }

    /**
     * Sums of {@code steps} [1, H, T] along each slot's own path from the first token, itself included, in float64 [1,
     * H, T]: differences of these are what decays are made of, and in float32 they would lose what the sums grow by.
     */
    public NDArray pathSums(NDArray steps) {
        NDArray sums = steps.toType(DataType.FLOAT64, false).cumSum(2);
        long heads = steps.getShape().get(1);
        NDArray upTo = sums.getManager()
                .zeros(new Shape(1, heads, 1), DataType.FLOAT64)
                .concat(sums, 2);
        NDArray above = upTo.getManager().zeros(new Shape(1, heads, 1), DataType.FLOAT64);
        NDList offsets = new NDList();
        int[] place = new int[nodes.size()];
        int placed = 0;
        for (List<Integer> alike : nodesByGeneration) {
            int[] parents = new int[alike.size()];
            int[] starts = new int[alike.size()];
            int[] ends = new int[alike.size()];
            for (int i = 0; i < parents.length; i++) {
                int n = alike.get(i);
                int parent = nodes.get(n).parent();
                parents[i] = parent == ROOT ? 0 : place[parent];
                starts[i] = first[n];
                ends[i] = last(n) + 1;
            }
            NDArray before = at(upTo, starts);
            NDArray ofParents = at(above, parents);
            offsets.add(ofParents.sub(before));
            above = ofParents.add(at(upTo, ends).sub(before));
            for (int i = 0; i < parents.length; i++) {
                place[alike.get(i)] = i;
            }
        }
        for (List<Integer> alike : nodesByGeneration) {
            int from = placed;
            for (int n : alike) {
                place[n] = from + place[n];
            }
            placed += alike.size();
        }
        int[] ofSlots = Arrays.stream(node).map(n -> place[n]).toArray();
        return sums.add(at(Heads.joined(offsets, 2), ofSlots));
    }

    /** The entries {@code index} of the last axis of {@code x} [1, H, n]. */
    private static NDArray at(NDArray x, int[] index) {
        Shape shape = new Shape(1, x.getShape().get(1), index.length);
        long[] entries = Arrays.stream(index).asLongStream().toArray();
        return x.gather(
                x.getManager().create(entries, new Shape(1, 1, index.length)).broadcast(shape), 2);
    }

    @Override
    int[][] earlierRows(int lag, int kernel) {
        int[] index = new int[length];
        for (int slot = 0; slot < length; slot++) {
            int n = node[slot];
            int earlier = slot - lag;
            // Up the path, until the token is in the node; before the first one are the kept rows.
            while (earlier < first[n] && nodes.get(n).parent() != ROOT) {
                int parent = nodes.get(n).parent();
                earlier = last(parent) + 1 - (first[n] - earlier);
                n = parent;
            }
            index[slot] = kernel - 1 + (earlier < first[n] ? earlier - first[n] : earlier);
        }
        return new int[][] {index};
    }
}
