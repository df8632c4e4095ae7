package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.mixer.StateLayout;

/** The tensors of a model: read from a checkpoint, after a check that they are what the configuration says. */
public final class CheckpointTensors {
    private static final int MOST_FAULTS = 8;

    private CheckpointTensors() {}

    /**
     * The tensors that {@code layout} asks for, and the optional ones and biases that {@code weights} has.
     *
     * @throws ModelException if a tensor is missing or has another shape than the configuration says
     */
    public static Map<String, NDArray> read(
            CheckpointLayout layout, Weights weights, NDManager manager, DataType type) {
        Map<String, Shape> wanted = new LinkedHashMap<>(layout.optionalShapes());
        layout.state().entries().forEach((name, entry) -> {
            if (entry.tensor().presence() != Presence.IN_MEMORY) {
                wanted.put(name, entry.tensor().shape());
            }
        });
        wanted.keySet().removeIf(name -> !weights.has(name));
        wanted.putAll(layout.parameterShapes());
        checkShapes(wanted, layout, weights);
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        wanted.keySet().forEach(name -> tensors.put(name, weights.read(manager, name, type)));
        return tensors;
    }

    private static void checkShapes(Map<String, Shape> wanted, CheckpointLayout layout, Weights weights) {
        List<String> faults = new ArrayList<>();
        wanted.forEach((name, shape) -> {
            if (!weights.has(name)) {
                faults.add(name + " is missing");
            } else if (!fits(weights.shape(name), shape.getShape())) {
                faults.add(name + " is " + Arrays.toString(weights.shape(name)) + ", expected " + shape);
            }
        });
        layout.mixers().keySet().forEach(module -> checkTogether(layout.state(), module, weights, faults));
        if (!faults.isEmpty()) {
            throw new ModelException("The checkpoint does not fit its config.json: "
                    + String.join("; ", faults.subList(0, Math.min(MOST_FAULTS, faults.size())))
                    + (faults.size() > MOST_FAULTS ? "; and " + (faults.size() - MOST_FAULTS) + " more" : ""));
        }
    }

    /**
     * The slots of a module are equally many in all of its tensors; the sums of an approximation are there together.
     */
    private static void checkTogether(StateLayout state, String module, Weights weights, List<String> faults) {
        List<StateLayout.Entry> own = state.entries().values().stream()
                .filter(entry -> entry.module().equals(module))
                .toList();
        List<StateLayout.Entry> slots = own.stream()
                .filter(entry -> entry.tensor().role() == Role.SLOTS)
                .toList();
        for (StateLayout.Entry beside : slots.subList(Math.min(1, slots.size()), slots.size())) {
            String keys = slots.get(0).name();
            boolean must = beside.tensor().presence() == Presence.ALWAYS || weights.has(beside.name());
            if (must && slots(weights, keys) != slots(weights, beside.name())) {
                faults.add(keys + " holds " + slots(weights, keys) + " tokens, " + beside.name() + " "
                        + slots(weights, beside.name()));
            }
        }
        List<String> sums = own.stream()
                .filter(entry -> entry.tensor().presence() == Presence.APPROXIMATED
                        && entry.tensor().role() != Role.SLOTS)
                .map(StateLayout.Entry::name)
                .toList();
        if (sums.stream().anyMatch(weights::has) && !sums.stream().allMatch(weights::has)) {
            faults.add(String.join(" and ", sums) + " are there together, or not at all");
        }
    }

    /** Number of slots of keys or values [Hk, n, d]. */
    private static long slots(Weights weights, String name) {
        long[] shape = weights.has(name) ? weights.shape(name) : new long[0];
        return shape.length > 1 ? shape[1] : 0;
    }

    /** Whether {@code found} is {@code expected}, in which −1 stands for any size. */
    private static boolean fits(long[] found, long[] expected) {
        boolean fits = found.length == expected.length;
        for (int i = 0; fits && i < found.length; i++) {
            fits = expected[i] < 0 || found[i] == expected[i];
        }
        return fits;
    }
}
