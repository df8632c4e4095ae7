package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.jspecify.annotations.Nullable;

/**
 * A recurrence of several steps for each token, read after the last of them.
 *
 * @param count n steps a token
 * @param steps the recurrence over n times as many slots [B, H, T n, ...], those of a token one after another
 */
public record SubSteps(int count, Recurrence steps) implements Recurrence {
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        return last(steps.uninterrupted(initial, layout.finer(count)));
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        Scanned scanned = steps.chunked(initial, layout.finer(count));
        return new Scanned(last(scanned.outputs()), scanned.states());
    }

    /** The outputs [B, H, T, V] of the last steps, of those of all [B, H, T n, V]. */
    private NDArray last(NDArray outputs) {
        Shape shape = outputs.getShape();
        return outputs.reshape(shape.get(0), shape.get(1), shape.get(2) / count, count, shape.get(3))
                .get(new NDIndex().addAllDim(3).addIndices(count - 1L));
    }
}
