package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import java.util.stream.LongStream;
import org.iclsweep.model.kernel.RunObserver;

/**
 * The scored slots of a run, and the observer that sees the run there.
 *
 * @param slots their indices among all B T slots [N] (int64)
 */
record ScoredSlots(NDArray slots, RunObserver observer) {

    /** {@code slots} with an observer that is given the run at these slots. */
    static ScoredSlots of(NDManager batch, LongStream slots, RunObserver observer) {
        return new ScoredSlots(batch.create(slots.toArray()), observer);
    }

    /** No slot, and nobody to see any. */
    static ScoredSlots none(NDManager batch) {
        return of(batch, LongStream.empty(), RunObserver.NONE);
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
