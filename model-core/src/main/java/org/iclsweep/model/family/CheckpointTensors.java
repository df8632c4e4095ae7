package org.iclsweep.model.family;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.tensor.ParameterSpec;

/**
 * The tensors of a model: read from a checkpoint, after a check that they are exactly those that the configuration
 * declares. A tensor that nothing reads is a fault, since another architecture may hide behind it.
 */
public final class CheckpointTensors {
    private static final int MOST_FAULTS = 8;

    private final Architecture architecture;
    private final Weights weights;
    private final Map<String, String> stored = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();

    private CheckpointTensors(Architecture architecture, Weights weights) {
        this.architecture = architecture;
        this.weights = weights;
    }

    /**
     * The parameters and the state tensors that {@code architecture} declares and {@code weights} has, by their names.
     *
     * @throws ModelException if a tensor is missing, has another shape or type than declared, or is not declared
     */
    public static Map<String, NDArray> read(
            Architecture architecture, Weights weights, NDManager manager, DataType type) {
        CheckpointTensors tensors = located(architecture, weights);
        tensors.throwIfAny();
        Map<String, NDArray> read = new LinkedHashMap<>();
        tensors.stored.forEach((name, from) -> read.put(name, weights.read(manager, from, type)));
        return read;
    }

    /**
     * The differences between the tensors that {@code architecture} declares and those of {@code weights}, in name,
     * shape or type. No tensor is read but the head of a tied model that has one of its own, and its embeddings.
     */
    public static List<String> faults(Architecture architecture, Weights weights) {
        return located(architecture, weights).faults;
    }

    /**
     * Refuses a checkpoint that is not read whole.
     *
     * @throws ModelException as {@link #read} does
     */
    public static void require(Architecture architecture, Weights weights) {
        located(architecture, weights).throwIfAny();
    }

    private static CheckpointTensors located(Architecture architecture, Weights weights) {
        CheckpointTensors tensors = new CheckpointTensors(architecture, weights);
        tensors.locate();
        if (tensors.faults.isEmpty()) {
            tensors.checkTiedHead();
        }
        return tensors;
    }

    /** The stored name of every tensor that is to be read; checks all of them. */
    private void locate() {
        List<ParameterSpec> parameters = architecture.parameters();
        parameters.stream().filter(ParameterSpec::optional).forEach(this::locate);
        StateLayout state = architecture.state();
        state.entries().forEach((name, entry) -> {
            if (entry.tensor().presence() != Presence.IN_MEMORY && weights.has(name)) {
                locate(name, name, entry.tensor().shape());
            }
        });
        parameters.stream().filter(parameter -> !parameter.optional()).forEach(this::locate);
        checkWhole(state);
        architecture.mixers().keySet().forEach(module -> checkTogether(state, module));
        Set<String> unread = new LinkedHashSet<>(weights.names());
        unread.removeAll(stored.values());
        unread.removeAll(architecture.derived());
        unread.removeIf(architecture::isBeside);
        if (architecture.dimensions().tied()) {
            unread.remove(Architecture.HEAD);
        }
        unread.forEach(name -> faults.add(name + ": expected no tensor that the configuration does not ask for, found "
                + Arrays.toString(weights.shape(name))));
    }

    private void locate(ParameterSpec parameter) {
        Optional<String> found = parameter.storedIn(weights::has);
        if (found.isPresent()) {
            locate(parameter.fullName(), found.get(), parameter.shape());
        } else if (!parameter.optional()) {
            faults.add(parameter.fullName() + ": expected " + parameter.shape() + ", found none: it is missing");
        }
    }

    private void locate(String name, String from, Shape shape) {
        stored.put(name, from);
        if (!fits(weights.shape(from), shape.getShape())) {
            faults.add(from + ": expected " + shape + ", found " + Arrays.toString(weights.shape(from)));
        }
        if (!weights.storedType(from).isFloatingPoint()) {
            faults.add(from + ": expected floating-point numbers, found " + weights.storedType(from)
                    + "; store the weights unquantised");
        }
    }

    /** The head of a tied model, where a checkpoint has both: transformers then computes with the stored one. */
    private void checkTiedHead() {
        String embedding = stored.getOrDefault(architecture.embedding(), Architecture.HEAD);
        if (!architecture.dimensions().tied()
                || !weights.has(Architecture.HEAD)
                || embedding.equals(Architecture.HEAD)) {
            return;
        }
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            NDArray head = weights.read(scope, Architecture.HEAD, DataType.FLOAT64);
            if (!head.contentEquals(weights.read(scope, embedding, DataType.FLOAT64))) {
                faults.add(Architecture.HEAD + ": expected a copy of " + embedding
                        + ", since tie_word_embeddings is true, found another matrix; set tie_word_embeddings to false"
                        + " to compute with it");
            }
        }
    }

    /**
     * A context leaves every tensor of its state: zeros in the place of those that are missing were another context.
     */
    private void checkWhole(StateLayout state) {
        Set<String> whole = state.names(entry -> entry.tensor().presence() == Presence.ALWAYS);
        Set<String> there = state.names(entry -> weights.has(entry.name()));
        if (there.isEmpty()) {
            return;
        }
        String any = there.iterator().next();
        whole.stream()
                .filter(name -> !weights.has(name))
                .forEach(name -> faults.add(
                        name + ": expected " + state.entry(name).tensor().shape()
                                + " of the converted context's state, as there is " + any
                                + ", found none: a state is there whole or not at all"));
    }

    /** The slots of a module are equally many in all of its tensors, the sums of an approximation there together. */
    private void checkTogether(StateLayout state, String module) {
        List<StateLayout.Entry> own = state.entries().values().stream()
                .filter(entry -> entry.module().equals(module))
                .toList();
        List<StateLayout.Entry> slots = own.stream()
                .filter(entry -> entry.tensor().role() == Role.SLOTS)
                .toList();
        for (StateLayout.Entry beside : slots.subList(Math.min(1, slots.size()), slots.size())) {
            String keys = slots.get(0).name();
            boolean both = weights.has(keys) && weights.has(beside.name());
            if (both && slots(keys) != slots(beside.name())) {
                faults.add(keys + " holds " + slots(keys) + " tokens, " + beside.name() + " " + slots(beside.name()));
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
    private long slots(String name) {
        long[] shape = weights.has(name) ? weights.shape(name) : new long[0];
        return shape.length > 1 ? shape[1] : 0;
    }

    /** True if {@code found} is {@code expected}, in which −1 is any size. */
    private static boolean fits(long[] found, long[] expected) {
        boolean fits = found.length == expected.length;
        for (int i = 0; fits && i < found.length; i++) {
            fits = expected[i] < 0 || found[i] == expected[i];
        }
        return fits;
    }

    private void throwIfAny() {
        if (!faults.isEmpty()) {
            throw new ModelException("The checkpoint does not fit its config.json: "
                    + String.join("; ", faults.subList(0, Math.min(MOST_FAULTS, faults.size())))
                    + (faults.size() > MOST_FAULTS ? "; and " + (faults.size() - MOST_FAULTS) + " more" : ""));
        }
    }
}
