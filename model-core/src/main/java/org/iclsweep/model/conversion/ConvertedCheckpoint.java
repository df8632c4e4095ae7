package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.mixer.ContextState;

/**
 * A converted model as a checkpoint of the same model type: the tensors of the original byte for byte, the bias tensors
 * added (or put in place of those of an earlier conversion). It loads like any other.
 */
public final class ConvertedCheckpoint {
    private ConvertedCheckpoint() {}

    /**
     * Writes {@code original}, converted with one context.
     *
     * @param state the biases of one context, each [1, ...]
     * @param type what the biases are stored as
     * @param directory where to; it must not exist
     */
    public static void write(Checkpoint original, ContextState state, StoredType type, Path directory) {
        List<TensorEntry> entries = new ArrayList<>();
        for (String name : original.names()) {
            if (!state.tensors().containsKey(name)) {
                entries.add(TensorEntry.copyOf(original, name));
            }
        }
        state.tensors().forEach((name, tensor) -> {
            NDArray bias = tensor.squeeze(0);
            entries.add(TensorEntry.of(name, type, bias));
        });
        CheckpointWriter.write(directory, original.config(), entries, original.tokenizerFiles());
    }
}
