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
import org.iclsweep.datasets.pretrained.SmolLm2;
import org.iclsweep.model.Measured;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.generation.Generation;
import org.iclsweep.model.generation.TokenChoice;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.ChatTemplate;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.prompt.Tokenizers;
import org.iclsweep.model.prompt.Turn;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A trained language model of 135 million parameters, as transformers reads and computes it: token ids of whole texts,
 * chat prompts, logits and texts.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmolLm2Test {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The largest difference of a logit in float32, of logits up to 40; 1.6e-5 was measured. */
    private static final double FLOAT32 = 1e-4;

    private Path directory = Path.of("");
    private JsonNode expected = JSON.createObjectNode();
    private Tokenizer tokenizer;

    @BeforeAll
    void theModelIsThere() {
        directory = SmolLm2.directory();
        expected = SmolLm2.expected();
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

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aWholeTextHasTheTokensOfTheModelsOwnTokenizer(String id, JsonNode recorded) {
        assertThat(tokenizer.leading()).isEmpty();
        assertThat(tokenizer.encode(recorded.get("text").asText())).isEqualTo(ids(recorded.get("ids")));
        assertThat(tokenizer.encode(recorded.get("context_text").asText())).isEqualTo(ids(recorded.get("context_ids")));
    }

    @Test
    void aChatIsRenderedByTheModelsOwnTemplate() {
        ChatTemplate template = ChatTemplate.of(directory).orElseThrow();
        JsonNode chat = recorded("chat");
        List<Turn> context = List.of(Turn.user("Is 'a dull film' positive or negative?"), Turn.assistant("negative"));
        List<Turn> all = Stream.concat(
                        context.stream(), Stream.of(Turn.user("Is 'a warm picture' positive or negative?")))
                .toList();
        assertThat(template.render(all, true)).isEqualTo(chat.get("text").asText());
        assertThat(template.render(context, false))
                .isEqualTo(template.beforeQuery(context))
                .isEqualTo(chat.get("context_text").asText());
    }

    private JsonNode recorded(String id) {
        return StreamSupport.stream(expected.get("cases").spliterator(), false)
                .filter(one -> one.get("id").asText().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theLogitsInFloat64AreThoseOfTransformersPromptedAndConverted() {
        try (LanguageModel model = load(directory, DataType.FLOAT64)) {
            for (String id : List.of("review", "chat")) {
                JsonNode recorded = recorded(id);
                int[] ids = ids(recorded.get("ids"));
                int context = ids(recorded.get("context_ids")).length;
                double[] prompted = prompted(model, ids);
                double ofPrompted = relativeDifference(prompted, recorded.get("last"));
                double ofConverted = relativeDifference(converted(model, ids, context), recorded.get("last"));
                Measured.line("smollm2", "%s, float64: prompted %.1e, converted %.1e", id, ofPrompted, ofConverted);
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
            Measured.line("smollm2", "logits, float32: %.1e", largest);
            assertThat(largest).isLessThan(FLOAT32);
            JsonNode texts = expected.get("generation");
            assertContinued(model, texts.get(0));
            for (JsonNode recorded : texts) {
                assertMostLikely(model, recorded);
            }
        }
    }

    private void assertContinued(LanguageModel model, JsonNode recorded) {
        int[] prompt = tokenizer.encode(recorded.get("prompt").asText());
        int[] greedy = ids(recorded.get("greedy_24"));
        Generation generation = new Generation(model, greedy.length, Set.of());
        try (NDManager scope = model.newBatch()) {
            int[] made = generation.from(model.initialState(scope), TokenSequence.of(prompt), TokenChoice.GREEDY);
            assertThat(made).isEqualTo(greedy);
            TokenSequence whole = TokenSequence.of(prompt).then(TokenSequence.of(made));
            assertThat(tokenizer.decode(whole.ids()))
                    .isEqualTo(recorded.get("text").asText());
        }
    }

    /** Every token of the recorded text is the most likely one after those before it, in one run over all. */
    private void assertMostLikely(LanguageModel model, JsonNode recorded) {
        int[] prompt = tokenizer.encode(recorded.get("prompt").asText());
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
