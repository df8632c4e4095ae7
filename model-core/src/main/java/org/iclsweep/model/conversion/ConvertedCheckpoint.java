package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.ReadBefore;

/**
 * A converted model as a checkpoint of the same model type: the tensors of the original byte for byte, the bias tensors
 * added (or put in place of those of an earlier conversion). It loads like any other.
 */
public final class ConvertedCheckpoint {
    private ConvertedCheckpoint() {}

    /**
     * Writes {@code original}, converted with one context.
     *
     * <p>A context of no tokens leaves keys and values [Hk, 0, d], so that the same names are always there.
     *
     * @param state the biases of one context, each [1, ...]
     * @param type stored type of the biases; a number of positions is stored at least as float32
     * @param read the contexts that are in the biases then, for config.json
     * @param directory where to; it must not exist
     */
    public static void write(
            Checkpoint original, ContextState state, StoredType type, ReadBefore read, Path directory) {
        Map<String, NDArray> biases = state.tensorsOf(0);
        List<TensorEntry> entries = new ArrayList<>();
        for (String name : original.stored().names()) {
            if (!biases.containsKey(name)) {
                entries.add(TensorEntry.copyOf(original, name));
            }
        }
        biases.forEach((name, bias) -> {
            boolean counts = state.layout().entry(name).tensor().role() == Role.COUNTER;
            entries.add(TensorEntry.of(name, counts ? exact(type) : type, bias));
        });
        CheckpointWriter.write(directory, read.addedTo(original.config()), entries, original.textFiles());
    }

    /** A type that rounds no whole number of tokens. */
    private static StoredType exact(StoredType type) {
        return type == StoredType.F64 ? StoredType.F64 : StoredType.F32;
    }
}
