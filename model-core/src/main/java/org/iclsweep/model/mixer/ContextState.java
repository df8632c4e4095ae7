package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.mixer.StateLayout.Entry;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.Rows;
import org.jspecify.annotations.Nullable;

/**
 * The states of R contexts: the bias tensors of a model by their checkpoint names, each [R, ...] with one row per
 * context. The first query token after such a state is at position 0.
 *
 * <p>The KV caches of a batch differ in length. Their tensors [R, Hk, S, d] are as long as the longest; a context's own
 * slots are the last ones, behind zeros, and the module's tensor of role {@link Role#LENGTH} [R, 1] counts them.
 * {@link #tensorsOf} leaves the padding out.
 *
 * @param layout the declarations of the model's state tensors; every tensor has one
 */
public record ContextState(StateLayout layout, Map<String, NDArray> tensors) {
    public ContextState {
        tensors.keySet().forEach(layout::entry);
    }

    /** The state before the first token, one row of {@code manager}: zeros, or a checkpoint's biases. */
    public static ContextState initial(
            StateLayout layout, Map<String, NDArray> biases, NDManager manager, DataType type) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        layout.entries().forEach((name, entry) -> {
            NDArray bias = biases.get(name);
            StateTensor declared = entry.tensor();
            if (declared.presence() != Presence.ALWAYS
                    && (declared.presence() != Presence.APPROXIMATED || bias == null)) {
                return;
            }
            long[] sizes = (bias == null ? declared.shape() : bias.getShape())
                    .getShape()
                    .clone();
            String length = declared.grows() ? layout.lengthOf(entry) : null;
            if (length != null) {
                double[] slots = {Math.max(0, sizes[1])};
                tensors.put(length, OwnedArrays.of(manager, slots, new Shape(1, 1), type));
                // An empty cache keeps one empty slot, so that arrays have a size.
                sizes[1] = Math.max(1, sizes[1]);
            }
            NDArray zeros = manager.zeros(new Shape(1).addAll(new Shape(sizes)), type);
            tensors.put(name, bias == null || bias.size() == 0 ? zeros : zeros.add(bias));
        });
        return new ContextState(layout, tensors);
    }

    /** The tensors below {@code module}, each [R, ...]. */
    public Parameters in(String module) {
        return Parameters.of(tensors).in(module);
    }

    /** The one tensor of {@code module} in {@code role}. */
    public NDArray in(String module, Role role) {
        Predicate<StateLayout.Entry> wanted =
                entry -> entry.module().equals(module) && entry.tensor().role() == role;
        return Parameters.of(tensors).get(layout.names(wanted).iterator().next());
    }

    /** The states of the contexts that {@code rows} [N] (int64) names, in that order, owned as {@code rows} is. */
    public ContextState select(NDArray rows) {
        return of(tensor -> Rows.select(tensor, rows));
    }

    private ContextState of(UnaryOperator<NDArray> change) {
        Map<String, NDArray> changed = new LinkedHashMap<>(tensors);
        changed.replaceAll((name, tensor) -> change.apply(tensor));
        return new ContextState(layout, changed);
    }

    /** The contexts of all of {@code states}, which are of one model, one after another. */
    public static ContextState joined(List<ContextState> states) {
        ContextState first = states.get(0);
        Map<String, NDArray> joined = new LinkedHashMap<>();
        first.tensors.keySet().forEach(name -> {
            NDList parts = new NDList();
            boolean grows = first.lengthOf(name) != null;
            long longest = states.stream()
                    .mapToLong(state -> grows ? state.tensor(name).getShape().get(2) : 0)
                    .max()
                    .orElseThrow();
            states.forEach(state -> parts.add(grows ? lengthened(state.tensor(name), longest) : state.tensor(name)));
            joined.put(name, NDArrays.concat(parts, 0));
        });
        return new ContextState(first.layout, joined);
    }

    /** Number of contexts R. */
    public int rows() {
        return (int) tensors.values().iterator().next().getShape().get(0);
    }

    /** {@code tensor} [R, Hk, S, ...] with zeros before its slots, {@code length} slots in all. */
    private static NDArray lengthened(NDArray tensor, long length) {
        long[] shape = tensor.getShape().getShape().clone();
        shape[2] = length - shape[2];
        return shape[2] == 0
                ? tensor
                : tensor.getManager()
                        .zeros(new Shape(shape), tensor.getDataType())
                        .concat(tensor, 2);
    }

    /** The tensors of one context as a checkpoint holds them: its own slots alone, and no axis of contexts. */
    public Map<String, NDArray> tensorsOf(int context) {
        Map<String, NDArray> own = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (!isLength(name)) {
                NDArray one = tensor.get(context);
                String length = lengthOf(name);
                own.put(name, length == null ? one : last(one, count(length, context)));
            }
        });
        return own;
    }

    /** The last {@code count} of slots [Hk, S, ...]. */
    private static NDArray last(NDArray slots, long count) {
        return slots.get(":, " + (slots.getShape().get(1) - count) + ":");
    }

    /** This state with {@code change} made to every tensor but the numbers of slots. */
    public ContextState mapped(UnaryOperator<NDArray> change) {
        Map<String, NDArray> mapped = new LinkedHashMap<>(tensors);
        mapped.replaceAll((name, tensor) -> isLength(name) ? tensor : change.apply(tensor));
        return new ContextState(layout, mapped);
    }

    /** A copy of this state, owned by {@code manager}. */
    public ContextState copied(NDManager manager) {
        return of(NDArray::duplicate).attachedTo(manager);
    }

    /** This state, owned by {@code manager}, which outlives the batch that made it. */
    public ContextState attachedTo(NDManager manager) {
        tensors.values().forEach(tensor -> tensor.attach(manager));
        return this;
    }

    /** Number of scalars that each context takes in memory, empty slots included. */
    public long scalarsInMemory() {
        return tensors.values().stream()
                .mapToLong(
                        tensor -> tensor.size() / Math.max(1, tensor.getShape().get(0)))
                .sum();
    }

    /** Number of scalars in the tensors of one context. */
    public long parameters(int context) {
        return shapes(context).values().stream().mapToLong(Shape::size).sum();
    }

    /** The shapes of the tensors of one context as a checkpoint holds them. */
    public Map<String, Shape> shapes(int context) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (!isLength(name)) {
                long[] one = tensor.getShape().slice(1).getShape();
                String length = lengthOf(name);
                if (length != null) {
                    one[1] = count(length, context);
                }
                shapes.put(name, new Shape(one));
            }
        });
        return shapes;
    }

    /** This state with {@code changed} in the place of the tensors of these names, or beside the others. */
    public ContextState with(Map<String, NDArray> changed) {
        Map<String, NDArray> all = new LinkedHashMap<>(tensors);
        all.putAll(changed);
        return new ContextState(layout, all);
    }

    /** This state without the tensors that {@code dropped} accepts. */
    public ContextState without(Predicate<Entry> dropped) {
        Map<String, NDArray> rest = new LinkedHashMap<>(tensors);
        rest.keySet().removeIf(name -> dropped.test(layout.entry(name)));
        return new ContextState(layout, rest);
    }

    private NDArray tensor(String name) {
        return Parameters.of(tensors).get(name);
    }

    private boolean isLength(String name) {
        return layout.entry(name).tensor().role() == Role.LENGTH;
    }

    /** The tensor that counts the slots of {@code name}, null for a tensor of fixed size. */
    private @Nullable String lengthOf(String name) {
        Entry entry = layout.entry(name);
        String length = entry.tensor().grows() ? layout.lengthOf(entry) : null;
        return length != null && tensors.containsKey(length) ? length : null;
    }

    private long count(String length, int context) {
        return Math.round(Doubles.of(tensor(length))[context]);
    }
}
