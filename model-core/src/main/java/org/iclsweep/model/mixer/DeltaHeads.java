package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Norms;

/**
 * The heads of a delta rule, whose states are those of its value heads.
 *
 * @param hiddenSize D
 * @param heads query and key heads H
 * @param valueHeads Hv, a multiple of H
 * @param key dk of queries and keys
 * @param value dv
 */
public record DeltaHeads(int hiddenSize, int heads, int valueHeads, int key, int value) {
    /** The heads of the outputs. */
    HeadSizes read() {
        return new HeadSizes(hiddenSize, valueHeads, valueHeads, key, value);
    }

    /** Queries, keys and values, {@code steps} of the latter two a token. */
    ShortConvQkv qkv(int steps, int taps) {
        long keys = (long) heads * key;
        return new ShortConvQkv(hiddenSize, keys, steps * keys, (long) steps * valueHeads * value, taps);
    }

    /** S [Hv, dk, dv]. */
    StateTensor state() {
        return StateTensor.keyValueSum(valueHeads, key, value);
    }

    /** Heads [B, Hv, T, dk] of {@code rows} [B, T, H dk], of length 1, each for all value heads that it serves. */
    NDArray unit(NDArray rows) {
        return unitHeads(Heads.split(rows, key));
    }

    /** The same of heads {@code x} [B, H, T, dk]. */
    NDArray unitHeads(NDArray x) {
        return Heads.repeat(Norms.l2(x, DeltaRule.L2_EPSILON), valueHeads / heads);
    }
}
