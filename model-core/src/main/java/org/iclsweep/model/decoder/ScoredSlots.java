package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Rows;

/**
 * The scored slots of a run, by their indices among all B T slots [N] (int64), and the observer of the run there.
 *
 * @param canBeAlone true if they may be computed without the others where no token reads another; bits of float32
 *     depend on the number of rows, and shall depend on the batch's shape alone where that is padded for it
 */
record ScoredSlots(NDArray slots, RunObserver observer, boolean canBeAlone) {
    /** The slots {@code scored} of each row [B][n], of {@code length} slots a row, and the observer there. */
    static ScoredSlots of(NDManager batch, int length, int[][] scored, Padding padding, RunObserver observer) {
        long[] slots = IntStream.range(0, scored.length)
                .boxed()
                .flatMapToLong(row -> Arrays.stream(scored[row]).mapToLong(slot -> (long) row * length + slot))
                .toArray();
        return new ScoredSlots(batch.create(slots), observer, padding == Padding.LONGEST);
    }

    /** No slot, and nobody to see any. */
    static ScoredSlots none(NDManager batch) {
        return of(batch, 0, new int[0][], Padding.LONGEST, RunObserver.NONE);
    }

    /** The same where nothing but them is there [1, N, D]. */
    ScoredSlots alone() {
        return new ScoredSlots(slots.getManager().arange(0, (int) slots.size(), 1, DataType.INT64), observer, false);
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

    /** The experts {@code chosen} of all B T slots, stretch by stretch [n, K]. */
    void routed(String module, NDList chosen) {
        observer.routed(module, () -> Rows.select(Heads.joined(chosen, 0), slots));
    }

    void feedForward(int layer, NDArray hidden, NDArray normed) {
        observer.feedForward(layer, () -> in(hidden), () -> in(normed));
    }
}
