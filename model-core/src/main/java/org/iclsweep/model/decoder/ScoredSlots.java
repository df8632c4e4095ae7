package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.RunObserver;

/** The scored slots of a run, by their indices among all B T slots [N] (int64), and the observer of the run there. */
record ScoredSlots(NDArray slots, RunObserver observer) {
    /** The slots {@code scored} of each row [B][n], of {@code length} slots a row, and the observer there. */
    static ScoredSlots of(NDManager batch, int length, int[][] scored, RunObserver observer) {
        long[] slots = IntStream.range(0, scored.length)
                .boxed()
                .flatMapToLong(row -> Arrays.stream(scored[row]).mapToLong(slot -> (long) row * length + slot))
                .toArray();
        return new ScoredSlots(batch.create(slots), observer);
    }

    /** No slot, and nobody to see any. */
    static ScoredSlots none(NDManager batch) {
        return of(batch, 0, new int[0][], RunObserver.NONE);
    }

    /** The same where nothing but them is there [1, N, D]. */
    ScoredSlots alone() {
        return new ScoredSlots(slots.getManager().arange(0, (int) slots.size(), 1, DataType.INT64), observer);
    }

    /** The rows of {@code hidden} [B, T, D] in these slots [N, D]. */
    NDArray in(NDArray hidden) {
        NDArray flat = hidden.reshape(-1, hidden.getShape().get(2));
        return Embedding.embedding(slots, flat, SparseFormat.DENSE).singletonOrThrow();
    }

    void layer(int layer, NDArray hidden) {
        observer.layer(layer, () -> in(hidden));
    }

    void mixed(String module, NDArray output) {
        observer.mixed(module, () -> in(output));
    }

    void feedForward(int layer, NDArray hidden, NDArray normed) {
        observer.feedForward(layer, () -> in(hidden), () -> in(normed));
    }
}
