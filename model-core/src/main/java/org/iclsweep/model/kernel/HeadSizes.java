package org.iclsweep.model.kernel;

/**
 * The sizes of a mixer's heads.
 *
 * @param hiddenSize D
 * @param heads query heads H
 * @param keyValueHeads Hk, each of which serves H / Hk query heads
 * @param key dk of queries and keys
 * @param value dv of values
 */
public record HeadSizes(int hiddenSize, int heads, int keyValueHeads, int key, int value) {
    /** Number of query heads that share a key-value head. */
    public int group() {
        return heads / keyValueHeads;
    }
}
