package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.iclsweep.model.kernel.Recurrence.Stepped;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Node;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Rows;

/**
 * A recurrence along every path of a layout of trees, token by token: generation by generation, each node from the
 * state that its parent ends with, and then all nodes without children at once. The uninterrupted run of a family whose
 * scores are no matrix product; its {@link Step} reads like the paper's recurrence.
 */
public final class PathScan {
    /** The recurrence at one token of P paths: from the state [P, ...] before it to the output and the state after. */
    public interface Step {
        /** @param token the inputs at this token, each [P, H, 1, d] */
        Stepped next(NDArray state, NDList token);
    }

    private final PackedLayout layout;
    private final NDList inputs;
    private final Step step;
    private final NDManager layer;
    /** The outputs of every step of all paths [paths, H, 1, dv], and the place of each slot's among them [T]. */
    private final NDList outputs = new NDList();

    private final long[] places;
    private int placed;
    /** The states that nodes with children end with, after the state before the first token, and each node's row. */
    private final NDList ends;

    private final Map<Integer, Long> rowOfEnd = new HashMap<>();

    private PathScan(PackedLayout layout, NDArray start, NDList inputs, Step step) {
        this.layout = layout;
        this.inputs = inputs;
        this.step = step;
        this.layer = start.getManager();
        this.places = new long[layout.length()];
        this.ends = new NDList(start);
        rowOfEnd.put(PackedLayout.ROOT, 0L);
    }

    /** The outputs [1, H, T, dv], any in empty slots, from {@code start} [1, ...], of {@code inputs} [1, H, T, d]. */
    public static NDArray outputs(PackedLayout layout, NDArray start, NDList inputs, Step step) {
        PathScan scan = new PathScan(layout, start, inputs, step);
        Set<Integer> parents = layout.nodes().stream().map(Node::parent).collect(Collectors.toSet());
        List<Integer> leaves = new ArrayList<>();
        for (List<Integer> alike : layout.nodesByGeneration()) {
            List<Integer> inner = alike.stream().filter(parents::contains).toList();
            if (!inner.isEmpty()) {
                scan.walk(inner, true);
            }
            alike.stream().filter(node -> !parents.contains(node)).forEach(leaves::add);
        }
        scan.walk(leaves, false);
        return scan.inSlots();
    }

    /** Walks along {@code nodes} from their parents' ends, and keeps the states that they end with if asked to. */
    private void walk(List<Integer> nodes, boolean keepsEnds) {
        int[] lengths = nodes.stream()
                .mapToInt(node -> layout.nodes().get(node).length())
                .toArray();
        int steps = Arrays.stream(lengths).max().orElseThrow();
        NDList tokens = tokens(nodes, lengths, steps);
        Map<Integer, NDArray> atLength = new TreeMap<>();
        NDArray state = starts(nodes);
        for (int t = 0; t < steps; t++) {
            try (NDManager scope = layer.newSubManager()) {
                state.attach(scope);
                NDList token = new NDList();
                for (NDArray input : tokens) {
                    NDArray at = input.get(t);
                    at.attach(scope);
                    token.add(at);
                }
                Stepped stepped = step.next(state, token);
                outputs.add(stepped.output());
                stepped.output().attach(layer);
                state = stepped.state();
                state.attach(layer);
            }
            int read = t + 1;
            if (keepsEnds && Arrays.stream(lengths).anyMatch(length -> length == read)) {
                atLength.put(read, state.duplicate());
            }
        }
        state.close();
        if (keepsEnds) {
            keep(nodes, lengths, atLength);
        }
    }

    /** The states that the nodes start from [N, ...]. */
    private NDArray starts(List<Integer> nodes) {
        long[] rows = nodes.stream()
                .mapToLong(node -> Objects.requireNonNull(
                        rowOfEnd.get(layout.nodes().get(node).parent())))
                .toArray();
        return Rows.select(Heads.joined(ends, 0), layer.create(rows));
    }

    private void keep(List<Integer> nodes, int[] lengths, Map<Integer, NDArray> atLength) {
        long row = ends.stream().mapToLong(kept -> kept.getShape().get(0)).sum();
        for (Map.Entry<Integer, NDArray> kept : atLength.entrySet()) {
            for (int i = 0; i < lengths.length; i++) {
                if (lengths[i] == kept.getKey()) {
                    rowOfEnd.put(nodes.get(i), row + i);
                }
            }
            ends.add(kept.getValue());
            row += lengths.length;
        }
    }

    /** The inputs of {@code nodes}, step by step [steps, N, H, 1, d]; past its end a node reads its last token. */
    private NDList tokens(List<Integer> nodes, int[] lengths, int steps) {
        long[] slots = new long[steps * lengths.length];
        for (int i = 0; i < slots.length; i++) {
            int node = i % lengths.length;
            int t = i / lengths.length;
            int slot = layout.first(nodes.get(node)) + Math.min(t, lengths[node] - 1);
            slots[i] = slot;
            if (t < lengths[node]) {
                places[slot] = placed + i;
            }
        }
        placed += slots.length;
        NDList tokens = new NDList();
        NDArray index = layer.create(slots);
        for (NDArray input : inputs) {
            Shape shape = input.getShape();
            tokens.add(Rows.picked(Heads.rows(input), index, layer)
                    .reshape(steps, lengths.length, shape.get(1), 1, shape.get(3)));
        }
        return tokens;
    }

    /** The outputs of all steps in their slots [1, H, T, dv]. */
    private NDArray inSlots() {
        NDArray all = NDArrays.concat(outputs, 0);
        Shape shape = all.getShape();
        NDArray rows = all.reshape(shape.get(0), shape.get(1) * shape.get(3));
        return Heads.split(Rows.picked(rows, layer.create(places), layer).expandDims(0), (int) shape.get(3));
    }
}
