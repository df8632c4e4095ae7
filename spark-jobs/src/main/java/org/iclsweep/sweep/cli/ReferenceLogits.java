package org.iclsweep.sweep.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.checkpoint.SafetensorsReader;
import org.iclsweep.model.exactness.Difference;
import org.iclsweep.model.tensor.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * The logits that another stack computed for a query from its cached state, with which ours are compared.
 *
 * @param logits at every position of the query [positions][V]
 * @param states the state it cached after the context, by the names and shapes of a converted checkpoint's biases; null
 *     where it is not given
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ReferenceLogits(double[][] logits, @Nullable SafetensorsReader states) {

    /** A tensor of the state, and its distance ‖Δ‖₂ / ‖ours‖₂. */
    record StateDifference(String tensor, double relative) {}

    /**
     * The difference between the other stack and the prompted run.
     *
     * @param logits the difference from the prompted logits
     * @param states the difference of each given tensor, in the order of the layers
     */
    record Departure(Difference logits, List<StateDifference> states) {
        /** The first tensor of the state that differs by more than {@code tolerance}, or null. */
        @Nullable StateDifference first(double tolerance) {
            return states.stream()
                    .filter(state -> !(state.relative() <= tolerance))
                    .findFirst()
                    .orElse(null);
        }

        boolean isWithin(double tolerance) {
            return logits.maxRelative() <= tolerance && first(tolerance) == null;
        }
    }

    /**
     * Reads {@code logits} and {@code states} of a line.
     *
     * @param directory of the input, to which a state's file name is relative
     */
    static ReferenceLogits read(JsonNode line, int positions, int vocabulary, Path directory, String where) {
        JsonNode rows = line.path("logits");
        if (!rows.isArray() || rows.size() != positions) {
            throw new WrongInputException(where + ": logits: expected an array of " + positions
                    + " rows, one for each token of the query, found "
                    + (rows.isArray() ? String.valueOf(rows.size()) : "none"));
        }
        for (int row = 0; row < positions; row++) {
            if (rows.get(row).size() != vocabulary) {
                throw new WrongInputException(where + ": logits[" + row + "]: expected the vocabulary's " + vocabulary
                        + " numbers, found " + rows.get(row).size());
            }
        }
        double[][] logits = LogitsFile.matrix(rows);
        JsonNode states = line.path("states");
        if (states.isMissingNode() || states.isNull()) {
            return new ReferenceLogits(logits, null);
        }
        if (!states.isTextual()) {
            throw new WrongInputException(where
                    + ": states: expected the name of a safetensors file with the biases of a converted checkpoint, found "
                    + states.getNodeType());
        }
        return new ReferenceLogits(logits, SafetensorsReader.open(directory.resolve(states.textValue())));
    }

    /** The difference from the prompted logits, and from the state of our conversion. */
    Departure from(double[][] prompted, Map<String, NDArray> state, String where) {
        List<StateDifference> differences = new ArrayList<>();
        if (states != null) {
            for (String name : states.names()) {
                if (!state.containsKey(name)) {
                    throw new WrongInputException(where + ": " + states.file()
                            + ": expected tensors among the model's states " + state.keySet() + ", found " + name);
                }
            }
            for (Map.Entry<String, NDArray> ours : state.entrySet()) {
                if (states.names().contains(ours.getKey())) {
                    differences.add(difference(ours.getKey(), ours.getValue(), states, where));
                }
            }
        }
        return new Departure(Difference.between(prompted, logits), differences);
    }

    private static StateDifference difference(String name, NDArray ours, SafetensorsReader states, String where) {
        if (!Arrays.equals(states.shape(name), ours.getShape().getShape())) {
            throw new WrongInputException(where + ": " + name + ": expected the shape " + ours.getShape() + ", found "
                    + Arrays.toString(states.shape(name)));
        }
        try (NDManager scope = ours.getManager().newSubManager()) {
            double[] given =
                    states.read(scope, name, DataType.FLOAT64).flatten().toDoubleArray();
            double[] own = Doubles.of(ours);
            return new StateDifference(
                    name,
                    Difference.between(new double[][] {own}, new double[][] {given})
                            .maxRelative());
        }
    }
}
