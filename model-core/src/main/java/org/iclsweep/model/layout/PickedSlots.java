package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.iclsweep.model.tensor.Rows;
import org.jspecify.annotations.Nullable;

/** Slots whose rows are asked for again and again: a view of them where they lie one after another, else copies. */
final class PickedSlots {
    private final NDManager batch;
    private final int[] slots;
    private final boolean isStretch;
    private @Nullable NDArray index;

    /** @param batch the owner of the index */
    PickedSlots(NDManager batch, int[] slots) {
        this.batch = batch;
        this.slots = slots;
        this.isStretch = isStretch(slots);
    }

    /** True if each slot is the one after that before it. */
    static boolean isStretch(int[] slots) {
        for (int i = 1; i < slots.length; i++) {
            if (slots[i] != slots[0] + i) {
                return false;
            }
        }
        return true;
    }

    /** Their rows among those of all slots [T, C], owned by {@code scope}. */
    NDArray of(NDArray rows, NDManager scope) {
        if (!isStretch) {
            return copies(rows, scope);
        }
        NDArray stretch = rows.get(slots[0] + ":" + (slots[slots.length - 1] + 1));
        stretch.attach(scope);
        return stretch;
    }

    /** The same as copies. */
    NDArray copies(NDArray rows, NDManager scope) {
        if (index == null) {
            index = batch.create(Arrays.stream(slots).asLongStream().toArray());
        }
        return Rows.picked(rows, index, scope);
    }
}
