package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;

/** Row selection along the first axis. */
public final class Rows {
    private Rows() {}

    /** Row {@code index} of a weight [R, ...], owned by the manager of {@code x} [...]. */
    public static NDArray one(NDArray weight, long index, NDArray x) {
        NDArray row = weight.get(index);
        row.attach(x.getManager());
        return row;
    }

    /** The rows of {@code tensor} [R, ...] that {@code rows} [N] (int64) names [N, ...], owned by its manager. */
    public static NDArray select(NDArray tensor, NDArray rows) {
        long count = tensor.getShape().get(0);
        long[] shape = tensor.getShape().getShape().clone();
        shape[0] = rows.size();
        try (NDArray flat = tensor.reshape(count, -1)) {
            return Embedding.embedding(rows, flat, SparseFormat.DENSE)
                    .singletonOrThrow()
                    .reshape(shape);
        }
    }

    /** The rows of {@code x} [R, C] that {@code index} [N] (int64) names [N, C], owned by {@code scope}. */
    public static NDArray picked(NDArray x, NDArray index, NDManager scope) {
        NDArray rows = Embedding.embedding(index, x, SparseFormat.DENSE).singletonOrThrow();
        rows.attach(scope);
        return rows;
    }
}
