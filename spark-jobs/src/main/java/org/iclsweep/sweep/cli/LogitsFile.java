package org.iclsweep.sweep.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.sweep.report.LogitsComparison;

/**
 * Logits of queries in a file, a JSON object on a line: the output of {@code verify}, or the lines that another program
 * wrote from its cache ({@code verify --expected} reads them too).
 *
 * @param field the name of the logits in the lines: that of another program's, {@code logits}, where they have it
 * @param queries logits [positions, V] by the ids of the queries
 */
record LogitsFile(Path file, String field, Map<String, double[][]> queries) {
    private static final String OF_ANOTHER_PROGRAM = "logits";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads a file; {@code run} is the way to run a query whose logits are taken of an output of {@code verify}. */
    static LogitsFile read(Path file, String run) throws IOException {
        Map<String, double[][]> queries = new LinkedHashMap<>();
        String field = run;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                String where = file + ":" + number;
                JsonNode object = object(line, where);
                field = object.has(OF_ANOTHER_PROGRAM) ? OF_ANOTHER_PROGRAM : run;
                if (!object.has("id")
                        || !object.path(field).isArray()
                        || object.path(field).isEmpty()) {
                    throw new WrongInputException("%s: expected an object with id and %s or logits, found %s"
                            .formatted(where, run, names(object)));
                }
                if (queries.put(object.get("id").asText(), matrix(object.get(field))) != null) {
                    throw new WrongInputException(
                            "%s: id: expected each query once, found %s twice".formatted(where, object.get("id")));
                }
            }
        }
        return new LogitsFile(file, field, queries);
    }

    private static JsonNode object(String line, String where) {
        try {
            JsonNode object = JSON.readTree(line);
            if (object.isObject()) {
                return object;
            }
        } catch (JsonProcessingException e) {
            // told below
        }
        throw new WrongInputException(where + ": expected a JSON object, found other text; compare reads the output of"
                + " verify, or the lines that verify --expected reads");
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** The numbers of an array of rows; what is null was not finite. */
    static double[][] matrix(JsonNode rows) {
        double[][] matrix = new double[rows.size()][];
        for (int row = 0; row < matrix.length; row++) {
            matrix[row] = new double[rows.get(row).size()];
            for (int column = 0; column < matrix[row].length; column++) {
                matrix[row][column] = rows.get(row).get(column).asDouble(Double.NaN);
            }
        }
        return matrix;
    }

    /**
     * Pairs the queries of two files.
     *
     * @throws WrongInputException if they have none in common, or one with logits of another shape
     */
    static LogitsComparison compare(LogitsFile a, LogitsFile b) {
        List<LogitsComparison.Query> pairs = new ArrayList<>();
        a.queries.forEach((id, logits) -> {
            double[][] other = b.queries.get(id);
            if (other != null) {
                if (other.length != logits.length || other[0].length != logits[0].length) {
                    throw new WrongInputException("%s: %s: expected logits [%s][%s] as in %s, found [%s][%s]"
                            .formatted(
                                    b.file,
                                    id,
                                    logits.length,
                                    logits[0].length,
                                    a.file,
                                    other.length,
                                    other[0].length));
                }
                pairs.add(LogitsComparison.Query.of(id, logits, other));
            }
        });
        if (pairs.isEmpty()) {
            throw new WrongInputException(
                    "%s, %s: expected queries with the same id, found none".formatted(a.file, b.file));
        }
        return new LogitsComparison(
                List.of(a.field, b.field), pairs, a.queries.size() - pairs.size(), b.queries.size() - pairs.size());
    }
}
