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
import java.util.Set;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.mixer.ContextState;

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
        wanted.putAll(layout.stateShapes());
        wanted.putAll(layout.optionalStateShapes());
        wanted.keySet().removeIf(name -> !weights.has(name));
        wanted.putAll(layout.parameterShapes());
        checkShapes(wanted, layout.stateShapes().keySet(), weights);
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        wanted.keySet().forEach(name -> tensors.put(name, weights.read(manager, name, type)));
        return tensors;
    }

    private static void checkShapes(Map<String, Shape> wanted, Set<String> states, Weights weights) {
        List<String> faults = new ArrayList<>();
        wanted.forEach((name, shape) -> {
            if (!weights.has(name)) {
                faults.add(name + " is missing");
            } else if (!fits(weights.shape(name), shape.getShape())) {
                faults.add(name + " is " + Arrays.toString(weights.shape(name)) + ", expected " + shape);
            }
        });
        states.stream().filter(name -> name.endsWith(".b_k")).forEach(keys -> {
            String module = keys.substring(0, keys.length() - "b_k".length());
            for (String beside : List.of("b_v", "b_m", "b_a")) {
                String name = module + beside;
                boolean must = beside.equals("b_v") || weights.has(name);
                if (must && kept(weights, keys) != kept(weights, name)) {
                    faults.add(keys + " holds " + kept(weights, keys) + " tokens, " + name + " " + kept(weights, name));
                }
            }
            if (weights.has(module + "b_kv") != weights.has(module + "b_d")) {
                faults.add(module + "b_kv and " + module + "b_d are there together, or not at all");
            }
        });
        if (!faults.isEmpty()) {
            throw new ModelException("The checkpoint does not fit its config.json: "
                    + String.join("; ", faults.subList(0, Math.min(MOST_FAULTS, faults.size())))
                    + (faults.size() > MOST_FAULTS ? "; and " + (faults.size() - MOST_FAULTS) + " more" : ""));
        }
    }

    /** How many tokens keys or values [Hk, n, d] were kept of. */
    private static long kept(Weights weights, String name) {
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

    /**
     * The state before anything was read: zeros, or the biases among {@code tensors}; one row, owned by {@code batch}.
     */
    public static ContextState initialState(
            CheckpointLayout layout, Map<String, NDArray> tensors, NDManager batch, DataType type) {
        Map<String, NDArray> state = new LinkedHashMap<>();
        layout.stateShapes()
                .forEach((name, shape) -> ContextState.putInitial(state, name, shape, tensors.get(name), batch, type));
        layout.optionalStateShapes().forEach((name, shape) -> {
            if (tensors.containsKey(name)) {
                ContextState.putInitial(state, name, shape, tensors.get(name), batch, type);
            }
        });
        return new ContextState(state);
    }
}
