package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.checkpoint.SafetensorsReader;
import org.iclsweep.model.checkpoint.SafetensorsWriter;
import org.iclsweep.model.checkpoint.TensorEntry;

/**
 * The state from which a training run resumes: the weights, the optimizer's moments, and the step, which is also the
 * position in the data. Stored as one safetensors file.
 */
record TrainingState(
        long step, Map<String, NDArray> weights, Map<String, NDArray> means, Map<String, NDArray> squares) {
    private static final String STEP = "step";
    private static final String RUN = "run";

    /** Every tensor by the name that it is stored under. */
    private Map<String, NDArray> tensors() {
        Map<String, NDArray> all = new LinkedHashMap<>();
        weights.forEach((name, tensor) -> all.put("weight/" + name, tensor));
        means.forEach((name, tensor) -> all.put("mean/" + name, tensor));
        squares.forEach((name, tensor) -> all.put("square/" + name, tensor));
        return all;
    }

    /**
     * Writes this state to {@code file}, all or nothing.
     *
     * @param run identifies the configuration that may resume it
     */
    void write(Path file, String run) {
        List<TensorEntry> entries = new ArrayList<>();
        tensors().forEach((name, tensor) -> entries.add(TensorEntry.of(name, tensor)));
        SafetensorsWriter.write(file, entries, Map.of(STEP, Long.toString(step), RUN, run));
    }

    /**
     * Overwrites the arrays of this state with those in {@code file}, which a run with the same {@code run} wrote.
     *
     * @return the step of the stored state
     */
    long read(Path file, String run) {
        SafetensorsReader stored = SafetensorsReader.open(file);
        String found = stored.metadata().getOrDefault(RUN, "");
        if (!found.equals(run)) {
            throw new TrainingException(file + ": expected the state of a run of this configuration, " + run
                    + ", found " + found + "; train into a new directory, or delete it");
        }
        tensors().forEach((name, tensor) -> {
            try (NDManager scope = tensor.getManager().newSubManager()) {
                // Setting a buffer would put the tensor into its memory, which is not aligned: other bits.
                tensor.set(new NDIndex("..."), stored.read(scope, name, tensor.getDataType()));
            }
        });
        return Long.parseLong(stored.metadata().getOrDefault(STEP, "0"));
    }
}
