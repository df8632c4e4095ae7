package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.Measured;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A trained RWKV-7 of another project (834K parameters, reads bytes), with the logits that its authors publish. */
class TrainedRwkv7Test {
    private static final Path SHARED = Path.of("../../shared");
    private static final Path MODEL = SHARED.resolve("weights/tiny-rwkv7");
    private static final Path TEXT = SHARED.resolve("data/corpus/tinyshakespeare.txt");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int QUERY = 64;

    @BeforeAll
    static void theModelIsThere() {
        assumeThat(MODEL).as("a trained RWKV-7 beside the repository").isDirectory();
    }

    private static LanguageModel load(DataType type) {
        Checkpoint checkpoint = Checkpoint.open(MODEL);
        return LanguageModel.load(checkpoint.config(), checkpoint, type, Device.cpu());
    }

    private static double[] prompted(LanguageModel model, TokenSequence context, TokenSequence query) {
        try (NDManager batch = model.newBatch()) {
            return doubles(model.logits(
                    model.prompted(batch, List.of(PromptTree.of(context, query)), Padding.LONGEST, RunObserver.NONE)));
        }
    }

    private static double[] converted(LanguageModel model, TokenSequence context, TokenSequence query) {
        try (NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            List<Continuation> queries = List.of(new Continuation(query, 0));
            return doubles(model.logits(model.continued(batch, queries, state, Padding.LONGEST, RunObserver.NONE)));
        }
    }

    private static double[] doubles(NDArray values) {
        return values.toType(DataType.FLOAT64, false).flatten().toDoubleArray();
    }

    @Test
    void theFloat32LogitsAreThePublishedOnes() throws IOException {
        JsonNode recorded = JSON.readTree(MODEL.resolve("expected.json").toFile());
        int[] ids = JSON.convertValue(recorded.get("prompt_ids"), int[].class);
        double[] published = JSON.convertValue(recorded.get("expected_logits_upstream"), double[].class);
        TokenSequence context = TokenSequence.of(Arrays.copyOf(ids, ids.length - 1));
        TokenSequence last = TokenSequence.of(ids[ids.length - 1]);
        try (LanguageModel model = load(DataType.FLOAT32)) {
            double ofPrompted = largestDifference(prompted(model, context, last), published);
            double ofConverted = largestDifference(converted(model, context, last), published);
            Measured.line("rwkv7", "published logits, float32: prompted %.1e, converted %.1e", ofPrompted, ofConverted);
            assertThat(ofPrompted).isLessThan(2e-6);
            assertThat(ofConverted).isLessThan(2e-6);
        }
    }

    @ParameterizedTest(name = "{0} bytes of context, {1}")
    @CsvSource({"64, FLOAT64, 1e-12", "1000, FLOAT64, 1e-12", "64, FLOAT32, 5e-6", "1000, FLOAT32, 5e-6"})
    void realTextConvertsExactly(int length, DataType type, double bound) throws IOException {
        TokenSequence text = bytes(length + QUERY);
        TokenSequence context = text.slice(0, length);
        TokenSequence query = text.slice(length, length + QUERY);
        try (LanguageModel model = load(type)) {
            double[] prompted = prompted(model, context, query);
            double error = relative(converted(model, context, query), prompted);
            double without = relative(prompted(model, TokenSequence.EMPTY, query), prompted);
            Measured.line(
                    "rwkv7",
                    "%d bytes of text, %s: converted %.1e, without context %.1e",
                    length,
                    type,
                    error,
                    without);
            assertThat(error).isLessThan(bound);
            assertThat(without).as("what the context changes").isGreaterThan(0.01);
        }
    }

    private static TokenSequence bytes(int length) throws IOException {
        assumeThat(TEXT).as("a text beside the repository").isRegularFile();
        byte[] all = Files.readAllBytes(TEXT);
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> all[i] & 0xFF).toArray());
    }

    private static double largestDifference(double[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        return IntStream.range(0, found.length)
                .mapToDouble(i -> Math.abs(found[i] - expected[i]))
                .max()
                .orElseThrow();
    }

    private static double relative(double[] a, double[] b) {
        assertThat(a).hasSameSizeAs(b);
        double difference = IntStream.range(0, a.length)
                .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
                .sum();
        return Math.sqrt(difference / Arrays.stream(b).map(x -> x * x).sum());
    }
}
