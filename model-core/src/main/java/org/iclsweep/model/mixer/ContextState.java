package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model keeps of its contexts: bias tensors by their full checkpoint names, each [R, ...] with one row per
 * context. The first query token that follows such a state stands at position 0.
 */
public record ContextState(Map<String, NDArray> tensors) {

    /** The tensors below {@code module}, each [R, ...]. */
    public Parameters in(String module) {
        return Parameters.of(tensors).in(module);
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

    /** The contexts of all {@code states}, one after another, owned by their manager. */
    public static ContextState joined(List<ContextState> states) {
        Map<String, NDArray> joined = new LinkedHashMap<>();
        states.get(0).tensors.keySet().forEach(name -> {
            NDList parts = new NDList();
            states.forEach(state -> parts.add(state.tensors.get(name)));
            joined.put(name, NDArrays.concat(parts, 0));
        });
        return new ContextState(joined);
    }

    /** Number of contexts R. */
    public int rows() {
        return (int) tensors.values().iterator().next().getShape().get(0);
    }

    /** This state, owned by {@code manager}, which outlives the batch that made it. */
    public ContextState attachedTo(NDManager manager) {
        tensors.values().forEach(tensor -> tensor.attach(manager));
        return this;
    }

    /** Number of scalars that one context leaves behind. */
    public long parameters() {
        return tensors.values().stream()
                .mapToLong(t -> t.size() / Math.max(1, t.getShape().get(0)))
                .sum();
    }

    /** Row selection along the first axis. */
    static final class Rows {
        private Rows() {}

        static NDArray select(NDArray tensor, NDArray rows) {
            long count = tensor.getShape().get(0);
            long[] shape = tensor.getShape().getShape().clone();
            shape[0] = rows.size();
            try (NDArray flat = tensor.reshape(count, -1)) {
                return Embedding.embedding(rows, flat, SparseFormat.DENSE)
                        .singletonOrThrow()
                        .reshape(shape);
            }
        }
    }
}
