package org.iclsweep.sweep.cli;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.exactness.Verification;
import org.iclsweep.model.prompt.TokenSequence;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The command {@code verify}: prompted and converted logits of prompts from a file, one at a time, or one trial of a
 * sweep repeated; without Spark.
 */
@Command(
        name = "verify",
        description =
                "Compares prompted and converted logits of prompts from a file, or repeats one trial of a sweep and"
                        + " compares it with its row; without Spark.",
        sortOptions = false)
final class VerifyCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    /** Writes doubles in the shortest form that reads back as the same number. */
    private static final JsonFactory SHORTEST = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    @Option(names = "--model", paramLabel = "DIR", description = "The checkpoint's directory.")
    private @Nullable Path modelDirectory;

    @Option(
            names = "--input",
            paramLabel = "FILE.jsonl",
            description = "One object per line: id, context and query as arrays of token ids, or context_text and"
                    + " query_text.")
    private @Nullable Path input;

    @Option(names = "--dtype", defaultValue = "float64", description = "float64 (default) or float32.")
    private String dtype = "float64";

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Mixin
    private MethodOptions method = new MethodOptions();

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "The file for the results (default: standard output).")
    private @Nullable Path output;

    @Option(
            names = "--max-error",
            paramLabel = "X",
            description = "Exit with 1 if an absolute error is larger than X, or not finite.")
    private @Nullable Double maxError;

    @Option(
            names = "--expected",
            description =
                    "Lines also have logits [query tokens][vocabulary] that another program computed from its cached"
                            + " state, and optionally states, a safetensors file of that state: report where they depart from the"
                            + " prompted run.")
    private boolean expected;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "1e-4",
            description = "With --expected: exit with 1 if a relative difference is larger than X (default 1e-4).")
    private double tolerance = 1e-4;

    @Option(names = "--trial", paramLabel = "ID", description = "A trial_id of the sweep in --sweep.")
    private @Nullable String trial;

    @Option(names = "--sweep", paramLabel = "DIR", description = "The sweep's directory (with --trial).")
    private @Nullable Path sweep;

    /** A line of the input; with {@code --expected}, also another stack's logits. */
    private record Line(
            JsonNode id,
            TokenSequence context,
            TokenSequence query,
            @Nullable ReferenceLogits expected) {}

    /** The largest conversion error, NaN if one is not finite, and the number of lines that depart. */
    private record Findings(double largest, int departing) {
        Findings and(double error, boolean departs) {
            boolean finite = Double.isFinite(error) && Double.isFinite(largest);
            return new Findings(finite ? Math.max(largest, error) : Double.NaN, departing + (departs ? 1 : 0));
        }
    }

    @Override
    public Integer call() throws IOException, SQLException {
        if (trial != null && sweep != null) {
            return new TrialVerification(sweep, trial).run();
        }
        if (modelDirectory == null || input == null) {
            throw new WrongInputException("expected --model DIR and --input FILE.jsonl, or --trial ID and --sweep DIR");
        }
        return verify(modelDirectory, input);
    }

    private int verify(Path modelDirectory, Path input) throws IOException {
        DataType type = type(dtype);
        try (ModelOnDisk model = ModelOnDisk.open(modelDirectory, type, device.get())) {
            ConversionMethod conversion = method.of(model.model().layout(), modelDirectory);
            // A fault in the last line is found before anything is computed or written.
            List<Line> lines = read(input, model);
            Verification verification = new Verification(model.model(), conversion);
            Findings findings =
                    output == null ? write(System.out, lines, verification) : writeTo(output, lines, verification);
            boolean exceeded = maxError != null && !(findings.largest() <= maxError);
            if (exceeded) {
                System.err.printf(
                        Locale.ROOT,
                        "The largest absolute error is %s, more than --max-error %s.%n",
                        findings.largest(),
                        maxError);
            }
            if (expected) {
                System.err.printf("%d of %d lines depart from the prompted run.%n", findings.departing(), lines.size());
            }
            return exceeded || findings.departing() > 0 ? 1 : 0;
        }
    }

    static DataType type(String dtype) {
        return switch (dtype) {
            case "float64" -> DataType.FLOAT64;
            case "float32" -> DataType.FLOAT32;
            default -> throw new WrongInputException("--dtype: expected float64 or float32, found " + dtype);
        };
    }

    private List<Line> read(Path input, ModelOnDisk model) throws IOException {
        List<Line> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(input, StandardCharsets.UTF_8)) {
            int number = 1;
            for (String text = reader.readLine(); text != null; text = reader.readLine(), number++) {
                if (!text.isBlank()) {
                    lines.add(line(text, input + ":" + number, model));
                }
            }
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new WrongInputException(input + ": expected UTF-8 text, found other bytes");
        } catch (java.nio.file.NoSuchFileException e) {
            throw new WrongInputException("--input: expected a file, found none at " + input);
        }
        return lines;
    }

    private Line line(String text, String where, ModelOnDisk model) {
        JsonNode node;
        try {
            node = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new WrongInputException(where + ": expected a JSON object: " + e.getOriginalMessage());
        }
        if (!node.isObject() || !node.hasNonNull("id")) {
            throw new WrongInputException(where + ": expected an object with id, context and query, found " + text);
        }
        String named = where + ", id " + node.get("id");
        TokenSequence query = tokens(node, "query", named, model);
        if (query.length() == 0) {
            throw new WrongInputException(named + ": query: expected at least one token, found none");
        }
        return new Line(
                node.get("id"),
                tokens(node, "context", named, model),
                query,
                expected
                        ? ReferenceLogits.read(
                                node, query.length(), model.model().outputs(), directory(), named)
                        : null);
    }

    private static TokenSequence tokens(JsonNode line, String field, String where, ModelOnDisk model) {
        JsonNode ids = line.get(field);
        JsonNode text = line.get(field + "_text");
        if (text != null && text.isTextual()) {
            return model.tokens(text.textValue());
        }
        if (ids == null || !ids.isArray()) {
            throw new WrongInputException(
                    where + ": " + field + ": expected an array of token ids, or " + field + "_text");
        }
        for (JsonNode id : ids) {
            if (!id.isIntegralNumber() || !id.canConvertToInt()) {
                throw new WrongInputException(where + ": " + field + ": expected token ids, found " + id);
            }
        }
        return model.tokens(JSON.convertValue(ids, int[].class), where + ": " + field);
    }

    /** The directory of the input. */
    private Path directory() {
        return Objects.requireNonNull(
                Objects.requireNonNull(input).toAbsolutePath().getParent());
    }

    private Findings writeTo(Path file, List<Line> lines, Verification verification) throws IOException {
        try (OutputStream stream = Files.newOutputStream(file)) {
            return write(stream, lines, verification);
        }
    }

    /** Writes one line for each prompt. */
    private Findings write(OutputStream stream, List<Line> lines, Verification verification) throws IOException {
        Findings findings = new Findings(0, 0);
        JsonGenerator json = SHORTEST.createGenerator(stream).setRootValueSeparator(null);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        for (Line line : lines) {
            try (NDManager scope = verification.model().newBatch()) {
                Verification.Result result = verification.of(scope, line.context(), line.query());
                ReferenceLogits.Departure departure = line.expected() == null
                        ? null
                        : line.expected().from(result.prompted(), result.state().tensorsOf(0), "id " + line.id());
                boolean departs = departure != null && !departure.isWithin(tolerance);
                findings = findings.and(result.difference().maxAbsolute(), departs);
                write(json, line.id(), result, verification.model().type(), departure);
                if (departure != null && departs) {
                    explain(line.id(), departure);
                }
            }
        }
        json.close();
        stream.flush();
        return findings;
    }

    private static void write(
            JsonGenerator json,
            JsonNode id,
            Verification.Result result,
            DataType type,
            ReferenceLogits.@Nullable Departure departure)
            throws IOException {
        json.writeStartObject();
        json.writeFieldName("id");
        JSON.writeTree(json, id);
        json.writeFieldName("prompted");
        logits(json, result.prompted(), type);
        json.writeFieldName("converted");
        logits(json, result.converted(), type);
        json.writeFieldName("max_abs_logit_error");
        number(json, result.difference().maxAbsolute());
        json.writeFieldName("max_rel_logit_error");
        number(json, result.difference().maxRelative());
        if (departure != null) {
            json.writeFieldName("expected_max_abs_logit_error");
            number(json, departure.logits().maxAbsolute());
            json.writeFieldName("expected_max_rel_logit_error");
            number(json, departure.logits().maxRelative());
            json.writeObjectFieldStart("expected_rel_state_errors");
            for (ReferenceLogits.StateDifference state : departure.states()) {
                json.writeFieldName(state.tensor());
                number(json, state.relative());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private void explain(JsonNode id, ReferenceLogits.Departure departure) {
        ReferenceLogits.StateDifference first = departure.first(tolerance);
        String states = departure.states().isEmpty()
                ? ""
                : first == null
                        ? "; the states are within the tolerance"
                        : String.format(
                                Locale.ROOT,
                                "; the first state that differs is %s, by %.1e of its norm",
                                first.tensor(),
                                first.relative());
        System.err.printf(
                Locale.ROOT,
                "id %s departs: the logits differ by %.1e of the prompted logits' norm, most at query token %d%s%n",
                id,
                departure.logits().maxRelative(),
                departure.logits().worstRow(),
                states);
    }

    private static void logits(JsonGenerator json, double[][] rows, DataType type) throws IOException {
        json.writeStartArray();
        for (double[] row : rows) {
            json.writeStartArray();
            for (double value : row) {
                if (type == DataType.FLOAT32 && Double.isFinite(value)) {
                    json.writeNumber((float) value);
                } else {
                    number(json, value);
                }
            }
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private static void number(JsonGenerator json, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeNull();
        }
    }
}
