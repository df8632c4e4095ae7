package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.iclsweep.model.Measured;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.generation.Generation;
import org.iclsweep.model.generation.TokenChoice;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.prompt.Tokenizers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A trained language model, as transformers reads and computes it: token ids of whole texts, logits and continuations
 * ({@code oracle/pretrained_expected.py}).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TrainedModelLaws {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Path directory = Path.of("");
    private JsonNode expected = JSON.createObjectNode();
    private Tokenizer tokenizer;

    /** The checkpoint's directory; leaves the tests out where there is none. */
    abstract Path directory();

    /** The content of its {@code expected.json}. */
    abstract JsonNode expected();

    /** The bound of a logit's difference in float32. */
    abstract double float32();

    /** The texts whose logits are compared in float64. */
    abstract List<String> inFloat64();

    @BeforeAll
    void theModelIsThere() {
        directory = directory();
        expected = expected();
        tokenizer = Tokenizers.of(Checkpoint.open(directory));
    }

    @AfterAll
    void closeTheTokenizer() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }

    private static LanguageModel load(Path directory, DataType type) {
        return LanguageModel.load(Checkpoint.open(directory), type, Device.cpu());
    }

    Stream<Arguments> cases() {
        return StreamSupport.stream(expected.get("cases").spliterator(), false)
                .map(recorded -> Arguments.of(recorded.get("id").asText(), recorded));
    }

    private static int[] ids(JsonNode ids) {
        return JSON.convertValue(ids, int[].class);
    }

    /** The ids of a text, behind the special tokens that the tokenizer begins with unless the text spells them. */
    private int[] tokens(String text, boolean spelt) {
        TokenSequence leading = spelt ? TokenSequence.EMPTY : TokenSequence.of(tokenizer.leading());
        return leading.then(TokenSequence.of(tokenizer.encode(text))).ids();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aWholeTextHasTheTokensOfTheModelsOwnTokenizer(String id, JsonNode recorded) {
        boolean spelt = id.equals("chat");
        assertThat(tokens(recorded.get("text").asText(), spelt)).isEqualTo(ids(recorded.get("ids")));
        assertThat(tokens(recorded.get("context_text").asText(), spelt)).isEqualTo(ids(recorded.get("context_ids")));
    }

    final JsonNode recorded(String id) {
        return StreamSupport.stream(expected.get("cases").spliterator(), false)
                .filter(one -> one.get("id").asText().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theLogitsInFloat64AreThoseOfTransformersPromptedAndConverted() {
        try (LanguageModel model = load(directory, DataType.FLOAT64)) {
            for (String id : inFloat64()) {
                JsonNode recorded = recorded(id);
                int[] ids = ids(recorded.get("ids"));
                int context = ids(recorded.get("context_ids")).length;
                double[] prompted = prompted(model, ids);
                double ofPrompted = relativeDifference(prompted, recorded.get("last"));
                double ofConverted = relativeDifference(converted(model, ids, context), recorded.get("last"));
                Measured.line(
                        getClass().getSimpleName(),
                        "%s, float64: prompted %.1e, converted %.1e",
                        id,
                        ofPrompted,
                        ofConverted);
                assertThat(ofPrompted).isLessThan(1e-9);
                assertThat(ofConverted).isLessThan(1e-9);
                double norm = Math.sqrt(
                        Arrays.stream(prompted).map(logit -> logit * logit).sum());
                assertThat(norm / recorded.get("last_norm").asDouble()).isCloseTo(1, within(1e-12));
            }
        }
    }

    @Test
    void inFloat32LogitsAndTextsAreThoseOfTransformers() {
        try (LanguageModel model = load(directory, DataType.FLOAT32)) {
            double largest = 0;
            for (JsonNode recorded : expected.get("cases")) {
                double difference = difference(prompted(model, ids(recorded.get("ids"))), recorded.get("last"));
                largest = Math.max(largest, difference);
            }
            Measured.line(getClass().getSimpleName(), "logits, float32: %.1e", largest);
            assertThat(largest).isLessThan(float32());
            JsonNode texts = expected.get("generation");
            assertContinued(model, texts.get(0));
            for (JsonNode recorded : texts) {
                assertMostLikely(model, recorded);
            }
        }
    }

    private void assertContinued(LanguageModel model, JsonNode recorded) {
        int[] prompt = tokens(recorded.get("prompt").asText(), false);
        int[] greedy = ids(recorded.get("greedy_24"));
        Generation generation = new Generation(model, greedy.length, Set.of());
        try (NDManager scope = model.newBatch()) {
            int[] made = generation.from(model.initialState(scope), TokenSequence.of(prompt), TokenChoice.GREEDY);
            assertThat(made).isEqualTo(greedy);
            TokenSequence whole = TokenSequence.of(prompt).then(TokenSequence.of(made));
            assertThat(tokenizer.decode(whole.ids()))
                    .endsWith(recorded.get("text").asText());
        }
    }

    /** Every token of the recorded text is the most likely one after those before it, in one run over all. */
    private void assertMostLikely(LanguageModel model, JsonNode recorded) {
        int[] prompt = tokens(recorded.get("prompt").asText(), false);
        int[] greedy = ids(recorded.get("greedy_24"));
        TokenSequence whole = TokenSequence.of(prompt).then(TokenSequence.of(greedy));
        try (NDManager batch = model.newBatch()) {
            Continuation all = new Continuation(whole.slice(0, whole.length() - 1), prompt.length - 1);
            PromptTree tree = PromptTree.of(TokenSequence.EMPTY, List.of(all));
            NDArray logits = model.logits(model.prompted(batch, List.of(tree), Padding.LONGEST, RunObserver.NONE));
            assertThat(logits.argMax(1).toType(DataType.INT32, false).toIntArray())
                    .isEqualTo(greedy);
        }
    }

    private static double[] prompted(LanguageModel model, int[] ids) {
        try (NDManager batch = model.newBatch()) {
            Continuation last = new Continuation(TokenSequence.of(ids), ids.length - 1);
            PromptTree tree = PromptTree.of(TokenSequence.EMPTY, List.of(last));
            return doubles(model.logits(model.prompted(batch, List.of(tree), Padding.LONGEST, RunObserver.NONE)));
        }
    }

    private static double[] converted(LanguageModel model, int[] ids, int context) {
        TokenSequence all = TokenSequence.of(ids);
        try (NDManager batch = model.newBatch()) {
            ContextState state = new KvCacheConversion()
                    .convert(model, batch, List.of(List.of(all.slice(0, context))), Padding.LONGEST)
                    .get(0)
                    .state();
            List<Continuation> rest =
                    List.of(new Continuation(all.slice(context, ids.length), ids.length - context - 1));
            return doubles(model.logits(model.continued(batch, rest, state, Padding.LONGEST, RunObserver.NONE)));
        }
    }

    private static double[] doubles(NDArray logits) {
        return logits.toType(DataType.FLOAT64, false).flatten().toDoubleArray();
    }

    /** The largest difference of a recorded logit. */
    private static double difference(double[] logits, JsonNode recorded) {
        double largest = 0;
        for (Map.Entry<String, JsonNode> logit : recorded.properties()) {
            double difference =
                    logits[Integer.parseInt(logit.getKey())] - logit.getValue().asDouble();
            largest = Math.max(largest, Math.abs(difference));
        }
        return largest;
    }

    /** The same relative to each logit. */
    private static double relativeDifference(double[] logits, JsonNode recorded) {
        double largest = 0;
        for (Map.Entry<String, JsonNode> logit : recorded.properties()) {
            double right = logit.getValue().asDouble();
            double difference = logits[Integer.parseInt(logit.getKey())] - right;
            largest = Math.max(largest, Math.abs(difference / right));
        }
        return largest;
    }
}
