package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.jspecify.annotations.Nullable;

/** A recurrence over the heads of a batch, with a state [P, V] for each head, in the two forms of a run. */
public interface Recurrence {
    /** The outputs [N, H, t, V] of t slots, and the state [N, H, P, V] after them. */
    record Stepped(NDArray output, NDArray state) {}

    /** Outputs [B, H, T, V] of all slots, and the state [B, H, P, V] at the end of every segment. */
    record Scanned(NDArray outputs, List<NDArray> states) {}

    /** The outputs [B, H, T, V] of the form without a state, after the bias {@code initial} [H, P, V]. */
    NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout);

    /** The chunked form, from {@code initial} [1 or B, H, P, V]. */
    Scanned chunked(NDArray initial, ChunkedLayout layout);
}
