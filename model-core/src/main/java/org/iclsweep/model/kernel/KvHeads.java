package org.iclsweep.model.kernel;

import java.util.Optional;
import org.iclsweep.model.layout.Rotary;

/**
 * The heads of a softmax attention.
 *
 * @param heads query heads H
 * @param keyValueHeads Hk, each of which serves H / Hk query heads
 * @param headDimension d of queries and keys
 * @param valueDimension dv of values
 * @param rotary positions, empty for none
 * @param scale c
 * @param keyFactor factor of the keys as they are projected
 */
public record KvHeads(
        int heads,
        int keyValueHeads,
        int headDimension,
        int valueDimension,
        Optional<Rotary> rotary,
        double scale,
        double keyFactor) {
    /** Heads whose values are as wide as their keys, and keys as they are projected. */
    public KvHeads(int heads, int keyValueHeads, int headDimension, Optional<Rotary> rotary, double scale) {
        this(heads, keyValueHeads, headDimension, headDimension, rotary, scale, 1);
    }

    /** Heads whose scores are divided by √d. */
    public KvHeads(int heads, int keyValueHeads, int headDimension, Optional<Rotary> rotary) {
        this(heads, keyValueHeads, headDimension, rotary, 1 / Math.sqrt(headDimension));
    }

    /** The same heads without positions. */
    public KvHeads withoutPositions() {
        return new KvHeads(heads, keyValueHeads, headDimension, valueDimension, Optional.empty(), scale, keyFactor);
    }

    /** The same heads with a factor of the keys. */
    public KvHeads withKeyFactor(double factor) {
        return new KvHeads(heads, keyValueHeads, headDimension, valueDimension, rotary, scale, factor);
    }

    /** Number of query heads that share a key head. */
    public int group() {
        return heads / keyValueHeads;
    }
}
