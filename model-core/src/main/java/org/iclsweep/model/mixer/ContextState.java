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
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.Rows;
import org.jspecify.annotations.Nullable;

/**
 * What a model keeps of its contexts: bias tensors by their full checkpoint names, each [R, ...] with one row per
 * context. The first query token that follows such a state stands at position 0.
 *
 * <p>Keys and values that a mixer keeps token by token are as many as its context has, so the contexts of a batch
 * differ in them. {@code b_k} and {@code b_v} [R, Hk, S, d] are as long as the longest; a context's own stand at the
 * end, behind zeros, and {@value #HELD} [R, 1] beside them says how many they are. That tensor is in no checkpoint:
 * {@link #of} gives a context's own tensors.
 */
public record ContextState(Map<String, NDArray> tensors) {
    /** How many of the S rows beside it a context holds, the last ones [R, 1]. */
    public static final String HELD = "held";

    /** The queries of the tokens in those rows [R, H, S, d], kept where an initial state has a tensor of this name. */
    public static final String QUERIES = "queries";

    /** The tensors that are as long as their context. */
    private static final Set<String> GROWING =
            Set.of(CompressedKv.KEYS, CompressedKv.VALUES, CompressedKv.MASS, CompressedKv.NORM, QUERIES);

    /** The tensors below {@code module}, each [R, ...]. */
    public Parameters in(String module) {
        return Parameters.of(tensors).in(module);
    }

    /**
     * Puts the state of a module before anything was read into {@code tensors}: {@code bias}, the tensor {@code name}
     * of a converted checkpoint, or zeros of {@code shape} where it has none. One row, owned by {@code manager}.
     */
    public static void putInitial(
            Map<String, NDArray> tensors,
            String name,
            Shape shape,
            @Nullable NDArray bias,
            NDManager manager,
            DataType type) {
        long[] sizes = (bias == null ? shape : bias.getShape()).getShape().clone();
        if (LongStream.of(shape.getShape()).anyMatch(size -> size < 0)) {
            tensors.put(
                    heldBeside(name),
                    manager.create(new double[] {Math.max(0, sizes[1])}, new Shape(1, 1))
                            .toType(type, true));
            // Where nothing is held, one empty row is kept, so that arrays have a size.
            sizes[1] = Math.max(1, sizes[1]);
        }
        NDArray zeros = manager.zeros(new Shape(1).addAll(new Shape(sizes)), type);
        tensors.put(name, bias == null || bias.size() == 0 ? zeros : zeros.add(bias));
    }

    /**
     * The states of the contexts that {@code rows} [N] (int64) names, in that order, owned by the manager of
     * {@code rows}.
     */
    public ContextState select(NDArray rows) {
        Map<String, NDArray> selected = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> selected.put(name, Rows.select(tensor, rows)));
        return new ContextState(selected);
    }

    /** The contexts of all of {@code states}, which are of one model, one after another. */
    public static ContextState joined(List<ContextState> states) {
        Map<String, NDArray> joined = new LinkedHashMap<>();
        states.get(0).tensors.forEach((name, first) -> {
            NDList parts = new NDList();
            if (states.get(0).grows(name)) {
                long longest = states.stream()
                        .mapToLong(state -> state.tensor(name).getShape().get(2))
                        .max()
                        .orElseThrow();
                states.forEach(state -> parts.add(lengthened(state.tensor(name), longest)));
            } else {
                states.forEach(state -> parts.add(state.tensor(name)));
            }
            joined.put(name, NDArrays.concat(parts, 0));
        });
        return new ContextState(joined);
    }

    /** Number of contexts R. */
    public int rows() {
        return (int) tensors.values().iterator().next().getShape().get(0);
    }

    /** {@code tensor} [R, Hk, S, d] with zeros before its rows, to {@code length} of them. */
    private static NDArray lengthened(NDArray tensor, long length) {
        long[] shape = tensor.getShape().getShape().clone();
        shape[2] = length - shape[2];
        return shape[2] == 0
                ? tensor
                : tensor.getManager()
                        .zeros(new Shape(shape), tensor.getDataType())
                        .concat(tensor, 2);
    }

    /** The tensors of one context as a checkpoint has them: its own rows alone, and no axis of contexts. */
    public Map<String, NDArray> of(int context) {
        Map<String, NDArray> own = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (!isHeld(name)) {
                NDArray one = tensor.get(context);
                own.put(name, grows(name) ? last(one, held(name, context)) : one);
            }
        });
        return own;
    }

    /** The last {@code count} of rows [Hk, S, d]. */
    private static NDArray last(NDArray rows, long count) {
        return rows.get(":, " + (rows.getShape().get(1) - count) + ":");
    }

    /** This state with {@code change} made to every tensor; how many rows are held stays what it is. */
    public ContextState mapped(UnaryOperator<NDArray> change) {
        Map<String, NDArray> mapped = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> mapped.put(name, isHeld(name) ? tensor : change.apply(tensor)));
        return new ContextState(mapped);
    }

    /** This state, owned by {@code manager}, which outlives the batch that made it. */
    public ContextState attachedTo(NDManager manager) {
        tensors.values().forEach(tensor -> tensor.attach(manager));
        return this;
    }

    /** Number of scalars that each context takes in memory, empty rows included. */
    public long scalarsInMemory() {
        return tensors.values().stream()
                .mapToLong(
                        tensor -> tensor.size() / Math.max(1, tensor.getShape().get(0)))
                .sum();
    }

    /** Number of scalars that a context leaves behind. */
    public long parameters(int context) {
        return shapes(context).values().stream().mapToLong(Shape::size).sum();
    }

    /** The shapes of the tensors of one context as a checkpoint has them. */
    public Map<String, Shape> shapes(int context) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (!isHeld(name)) {
                long[] one = tensor.getShape().slice(1).getShape();
                if (grows(name)) {
                    one[1] = held(name, context);
                }
                shapes.put(name, new Shape(one));
            }
        });
        return shapes;
    }

    /** This state without the tensors of these names. */
    public ContextState without(Set<String> names) {
        Map<String, NDArray> rest = new LinkedHashMap<>(tensors);
        rest.keySet().removeAll(names);
        return new ContextState(rest);
    }

    private NDArray tensor(String name) {
        return Parameters.of(tensors).get(name);
    }

    private boolean grows(String name) {
        return GROWING.contains(lastPart(name)) && tensors.containsKey(heldBeside(name));
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private long held(String name, int context) {
        try (NDArray exact = tensor(heldBeside(name)).toType(DataType.FLOAT64, true)) {
            return Math.round(exact.getDouble(context, 0));
        }
    }

    private static boolean isHeld(String name) {
        return name.endsWith("." + HELD);
    }

    private static String heldBeside(String name) {
        return name.substring(0, name.lastIndexOf('.') + 1) + HELD;
    }
}
