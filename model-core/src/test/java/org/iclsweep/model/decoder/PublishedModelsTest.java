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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;

/** Softmax checkpoints of other projects give what is published of them. Skipped where they are not beside ours. */
class PublishedModelsTest {
    private static final Path WEIGHTS = Path.of("../../shared/weights");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BEGIN = 1;
    /**
     * The recorded logits of stories260K are of a float64 run whose keys and values were kept in float32: plain float64
     * differs from them by 1.1e-7 at the first position, and by 4e-15 once values are rounded so.
     */
    private static final double ROUNDED_CACHE = 1e-6;

    private static JsonNode expected(String model) throws IOException {
        assumeThat(WEIGHTS.resolve(model))
                .as("the checkpoints of other projects stand in " + WEIGHTS)
                .isDirectory();
        return JSON.readTree(WEIGHTS.resolve(model).resolve("expected.json").toFile());
    }

    private static LanguageModel load(String directory, DataType type) {
        Checkpoint checkpoint = Checkpoint.open(WEIGHTS.resolve(directory));
        return LanguageModel.load(checkpoint.config(), checkpoint, type, Device.cpu());
    }

    private static double[][] prompted(LanguageModel model, int[] tokens) {
        try (NDManager batch = model.newBatch()) {
            PromptTree tree = PromptTree.of(TokenSequence.EMPTY, TokenSequence.of(tokens));
            return rows(model.logits(model.prompted(batch, List.of(tree), Padding.LONGEST, RunObserver.NONE)));
        }
    }

    private static double[][] rows(NDArray logits) {
        double[][] rows = new double[(int) logits.getShape().get(0)][];
        Arrays.setAll(rows, i -> logits.get(i).toType(DataType.FLOAT64, true).toDoubleArray());
        return rows;
    }

    private static int largest(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    @Test
    void tinyGpt2GivesTheRecordedLogitsPromptedAndConverted() throws IOException {
        JsonNode expected = expected("tiny-gpt2");
        int[] ids = JSON.convertValue(expected.get("ids"), int[].class);
        try (LanguageModel model = load("tiny-gpt2", DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            double[][] logits = prompted(model, ids);
            for (int position = 0; position < ids.length; position++) {
                assertRecorded(expected, position, ids, logits[position]);
            }
            TokenSequence all = TokenSequence.of(ids);
            ContextState state = new KvCacheConversion()
                    .convert(model, batch, List.of(List.of(all.slice(0, 5))), Padding.LONGEST)
                    .get(0)
                    .state();
            List<Continuation> rest = List.of(new Continuation(all.slice(5, ids.length), 0));
            double[][] converted =
                    rows(model.logits(model.continued(batch, rest, state, Padding.LONGEST, RunObserver.NONE)));
            for (int i = 0; i < converted.length; i++) {
                assertRecorded(expected, 5 + i, ids, converted[i]);
            }
        }
    }

    private static void assertRecorded(JsonNode expected, int position, int[] ids, double[] logits) {
        double[] first = JSON.convertValue(expected.get("logits_first8_per_pos").get(position), double[].class);
        assertThat(Arrays.copyOf(logits, first.length))
                .usingComparatorWithPrecision(1e-12)
                .containsExactly(first);
        assertThat(largest(logits))
                .isEqualTo(expected.get("logits_argmax_per_pos").get(position).asInt());
        if (position + 1 < ids.length) {
            double total = Arrays.stream(logits).map(Math::exp).sum();
            double surprise = Math.log(total) - logits[ids[position + 1]];
            assertThat(surprise)
                    .isCloseTo(
                            expected.get("next_token_nll").get(position).asDouble(),
                            org.assertj.core.api.Assertions.within(1e-11));
        }
    }

    @Test
    void stories260kGivesTheRecordedLogits() throws IOException {
        JsonNode expected = expected("stories260K");
        int[] ids = JSON.convertValue(expected.get("greedy_token_ids_after_BOS"), int[].class);
        int[] prompt = new int[11];
        prompt[0] = BEGIN;
        System.arraycopy(ids, 0, prompt, 1, 10);
        try (LanguageModel model = load("stories260K/hf_llama", DataType.FLOAT64)) {
            double[][] logits = prompted(model, prompt);
            assertThat(logits[0])
                    .usingComparatorWithPrecision(ROUNDED_CACHE)
                    .containsExactly(JSON.convertValue(expected.get("logits_pos0_from_BOS"), double[].class));
            assertThat(logits[10])
                    .usingComparatorWithPrecision(ROUNDED_CACHE)
                    .containsExactly(JSON.convertValue(expected.get("logits_pos10"), double[].class));
        }
    }

    @Test
    void stories260kTellsThePublishedStoryFromItsKeysAndValuesTokenByToken() throws IOException {
        JsonNode expected = expected("stories260K");
        int[] story = JSON.convertValue(expected.get("greedy_token_ids_after_BOS"), int[].class);
        try (LanguageModel model = load("stories260K/hf_llama", DataType.FLOAT32);
                NDManager kept = model.newBatch()) {
            List<Integer> told = new ArrayList<>();
            ContextState state = model.initialState(kept);
            int token = BEGIN;
            while (told.size() < story.length) {
                try (NDManager batch = model.newBatch()) {
                    List<Continuation> next = List.of(new Continuation(TokenSequence.of(token), 0));
                    NDArray logits =
                            model.logits(model.continued(batch, next, state, Padding.LONGEST, RunObserver.NONE));
                    List<List<TokenSequence>> read = List.of(List.of(TokenSequence.of(token)));
                    state = model.contextStates(batch, read, state, Padding.LONGEST)
                            .get(0)
                            .attachedTo(kept);
                    token = largest(rows(logits)[0]);
                    told.add(token);
                }
            }
            assertThat(told)
                    .containsExactlyElementsOf(Arrays.stream(story).boxed().toList());
        }
    }
}
