package org.iclsweep.sweep.experiment.grid;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.sweep.run.DeviceMemory;

/**
 * The tokens that go through a model at once: as many as the configuration allows, fewer where a GPU's memory does not
 * hold them by estimate. Batches that need more all the same are halved.
 */
record BatchRoom(DeviceMemory memory, Device device, int configured) {
    /** Vectors of the hidden size that a token takes: residual stream, q, k, v, gates, a feed-forward part of four. */
    private static final long VECTORS = 16;
    /** The usual size of a head, for the number of rows of scores. */
    private static final long HEAD = 64;

    /** The most tokens of a batch of prompts of {@code length} tokens, the scores of a prompted run included. */
    int tokens(Dimensions model, DataType type, int length) {
        long hidden = model.hiddenSize();
        long scores = Math.max(1, hidden / HEAD) * length;
        long bytes = type.getNumOfBytes() * (VECTORS * hidden + scores);
        return (int) Math.max(1, Math.min(configured, memory.ofBatch(device) / bytes));
    }
}
