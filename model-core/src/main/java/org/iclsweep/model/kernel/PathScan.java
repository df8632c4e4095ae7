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
import org.jspecify.annotations.Nullable;

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

    /** A branch of a row's tree: {@code length} tokens from the slot {@code start} on. */
    private record Branch(int row, int depth, int start, int length) {}

    private final PackedLayout layout;
    private final NDList inputs;
    private final Step step;
    private final List<Branch> branches = new ArrayList<>();
    private final int trunk;
    /** The outputs of every step, each [paths, H, 1, dv]: those of the trunks, then those of the branches. */
    private final NDList outputs = new NDList();

    private PathScan(PackedLayout layout, NDList inputs, Step step) {
        this.layout = layout;
        this.inputs = inputs;
        this.step = step;
        // At least one step, so that a batch without tokens has outputs; a trunk's state is not read beyond its end.
        int longest = 1;
        for (int row = 0; row < layout.rows(); row++) {
            Tree tree = layout.trees().get(row);
            longest = Math.max(longest, tree.trunk());
            int start = tree.trunk();
            for (int b = 0; b < tree.lengths().length; b++) {
                branches.add(new Branch(row, tree.depths()[b], start, tree.lengths()[b]));
                start += tree.lengths()[b];
            }
        }
        this.trunk = longest;
    }

    /**
     * The outputs [B, H, T, dv] of the recurrence, anything in empty slots.
     *
     * @param start the state before the first token [B, ...]
     * @param inputs what the steps read, each [B, H, T, d]
     */
    public static NDArray outputs(PackedLayout layout, NDArray start, NDList inputs, Step step) {
        PathScan scan = new PathScan(layout, inputs, step);
        NDArray leaving = scan.alongTrunks(start);
        if (leaving != null) {
            scan.alongBranches(leaving);
        }
        return scan.placed();
    }

    /** Walks along the trunks and returns the state in which each branch leaves [N, ...], null without branches. */
    private @Nullable NDArray alongTrunks(NDArray start) {
        Map<Integer, NDArray> atDepth = new TreeMap<>();
        branches.forEach(branch -> atDepth.put(branch.depth(), start));
        long[] slots = new long[trunk * layout.rows()];
        for (int t = 0; t < trunk; t++) {
            for (int row = 0; row < layout.rows(); row++) {
                slots[t * layout.rows() + row] = (long) row * layout.length() + t;
            }
        }
        walk(start, slots, trunk, atDepth);
        return branches.isEmpty() ? null : leaving(atDepth);
    }

    private NDArray leaving(Map<Integer, NDArray> atDepth) {
        List<Integer> depths = List.copyOf(atDepth.keySet());
        long[] index = branches.stream()
                .mapToLong(branch -> (long) depths.indexOf(branch.depth()) * layout.rows() + branch.row())
                .toArray();
        NDArray states = NDArrays.concat(new NDList(atDepth.values()), 0);
        return Rows.select(states, states.getManager().create(index));
    }

    private void alongBranches(NDArray leaving) {
        int longest = branches.stream().mapToInt(Branch::length).max().orElse(0);
        long[] slots = new long[longest * branches.size()];
        for (int i = 0; i < longest; i++) {
            for (int n = 0; n < branches.size(); n++) {
                Branch branch = branches.get(n);
                // Past its end a branch reads anything: nobody reads it.
                int slot = Math.min(branch.start() + i, layout.length() - 1);
                slots[i * branches.size() + n] = (long) branch.row() * layout.length() + slot;
            }
        }
        walk(leaving, slots, longest, Map.of());
    }

    /**
     * Takes {@code steps} steps from {@code start}, path p of step t standing in the slot {@code slots[t][p]} of all
     * rows' slots, and keeps the states at the depths that {@code atDepth} asks for.
     */
    private void walk(NDArray start, long[] slots, int steps, Map<Integer, NDArray> atDepth) {
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
        return Rows.select(bySlot, layer.create(slots)).reshape(steps, slots.length / Math.max(1, steps), heads, 1, d);
    }

    /** The outputs of all steps in their slots [B, H, T, dv]. */
    private NDArray placed() {
        long[] index = new long[layout.rows() * layout.length()];
        for (int row = 0; row < layout.rows(); row++) {
            for (int t = 0; t < layout.trees().get(row).trunk(); t++) {
                index[row * layout.length() + t] = (long) t * layout.rows() + row;
            }
        }
        for (int n = 0; n < branches.size(); n++) {
            Branch branch = branches.get(n);
            int first = branch.row() * layout.length() + branch.start();
            for (int i = 0; i < branch.length(); i++) {
                index[first + i] = (long) trunk * layout.rows() + (long) i * branches.size() + n;
            }
        }
        NDArray all = NDArrays.concat(outputs, 0);
        Shape shape = all.getShape();
        return Rows.select(all, all.getManager().create(index))
                .reshape(layout.rows(), layout.length(), shape.get(1), shape.get(3))
                .swapAxes(1, 2);
    }
}
