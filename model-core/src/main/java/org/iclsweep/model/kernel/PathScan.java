package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.model.kernel.Recurrence.Stepped;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Tree;
import org.iclsweep.model.tensor.Rows;

/**
 * A recurrence along every path of a layout of trees, token by token: first all trunks at once, then all branches at
 * once, each from the state in which it left its trunk. The uninterrupted run of a family whose scores are no matrix
 * product; its {@link Step} reads like the paper's recurrence.
 */
public final class PathScan {
    /** The recurrence at one token of P paths: from the state [P, ...] before it to the output and the state after. */
    public interface Step {
        /** @param token the inputs at this token, each [P, H, 1, d] */
        Stepped next(NDArray state, NDList token);
    }

    /** Tokens in the slots from {@code start} on of a row, the first of which has {@code depth} tokens before it. */
    private record Path(int row, int depth, int start, int length) {}

    private final PackedLayout layout;
    private final NDList inputs;
    private final Step step;
    /** The outputs of every step of all paths [paths, H, 1, dv], and the place of each slot's among them [B × T]. */
    private final NDList outputs = new NDList();

    private final long[] places;
    private int placed;

    private PathScan(PackedLayout layout, NDList inputs, Step step) {
        this.layout = layout;
        this.inputs = inputs;
        this.step = step;
        this.places = new long[layout.rows() * layout.length()];
    }

    /** The outputs [B, H, T, dv], any in empty slots, from {@code start} [B, ...], of {@code inputs} [B, H, T, d]. */
    public static NDArray outputs(PackedLayout layout, NDArray start, NDList inputs, Step step) {
        List<Path> trunks = new ArrayList<>();
        List<Path> branches = new ArrayList<>();
        for (int row = 0; row < layout.rows(); row++) {
            Tree tree = layout.trees().get(row);
            trunks.add(new Path(row, 0, 0, tree.trunk()));
            int slot = tree.trunk();
            for (int b = 0; b < tree.lengths().length; b++) {
                branches.add(new Path(row, tree.depths()[b], slot, tree.lengths()[b]));
                slot += tree.lengths()[b];
            }
        }
        Map<Integer, NDArray> atDepth = new TreeMap<>();
        branches.forEach(branch -> atDepth.put(branch.depth(), start));
        PathScan scan = new PathScan(layout, inputs, step);
        scan.walk(trunks, start, atDepth);
        if (!branches.isEmpty()) {
            scan.walk(branches, scan.leaving(branches, atDepth), Map.of());
        }
        return scan.inSlots();
    }

    /** The states in which {@code branches} leave their trunks [N, ...]. */
    private NDArray leaving(List<Path> branches, Map<Integer, NDArray> atDepth) {
        List<Integer> depths = List.copyOf(atDepth.keySet());
        long[] index = branches.stream()
                .mapToLong(branch -> (long) depths.indexOf(branch.depth()) * layout.rows() + branch.row())
                .toArray();
        NDArray states = NDArrays.concat(new NDList(atDepth.values()), 0);
        return Rows.select(states, states.getManager().create(index));
    }

    /**
     * Walks along {@code paths} from {@code start}, and keeps the states at the depths that {@code atDepth} asks for.
     */
    private void walk(List<Path> paths, NDArray start, Map<Integer, NDArray> atDepth) {
        // At least one step, so that a batch without tokens has outputs. Past its end a path reads anything.
        int steps = Math.max(1, paths.stream().mapToInt(Path::length).max().orElse(0));
        long[] slots = new long[steps * paths.size()];
        for (int i = 0; i < slots.length; i++) {
            Path path = paths.get(i % paths.size());
            int t = i / paths.size();
            int slot = path.row() * layout.length() + Math.min(path.start() + t, layout.length() - 1);
            slots[i] = slot;
            if (t < path.length()) {
                places[slot] = placed + i;
            }
        }
        placed += slots.length;
        NDManager layer = start.getManager();
        NDList tokens = new NDList();
        inputs.forEach(input -> tokens.add(bySteps(input, slots, steps, layer)));
        NDArray state = start.duplicate();
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
            if (atDepth.containsKey(t + 1)) {
                atDepth.put(t + 1, state.duplicate());
            }
        }
    }

    /** {@code input} [B, H, T, d] at {@code slots} [steps × P] as [steps, P, H, 1, d]. */
    private NDArray bySteps(NDArray input, long[] slots, int steps, NDManager layer) {
        Shape shape = input.getShape();
        long heads = shape.get(1);
        long d = shape.get(3);
        NDArray bySlot = input.swapAxes(1, 2).reshape((long) layout.rows() * layout.length(), heads * d);
        return Rows.select(bySlot, layer.create(slots)).reshape(steps, slots.length / steps, heads, 1, d);
    }

    /** The outputs of all steps in their slots [B, H, T, dv]. */
    private NDArray inSlots() {
        NDArray all = NDArrays.concat(outputs, 0);
        Shape shape = all.getShape();
        return Rows.select(all, all.getManager().create(places))
                .reshape(layout.rows(), layout.length(), shape.get(1), shape.get(3))
                .swapAxes(1, 2);
    }
}
