package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.conversion.ContextDistillation.Loss;
import org.iclsweep.model.conversion.ContextDistillation.Start;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Slots that gradient descent fits to the prompted logits of the context's own tokens. */
class ContextDistillationTest {
    private static final double RATE = 0.03;

    private static ObjectNode config(String kind) {
        return switch (kind) {
            case "grouped heads" -> Models.of("llama", 32, 2).put("num_key_value_heads", 2);
            case "gpt2" -> Models.gpt2(128);
            case "hybrid" -> Models.hybrid();
            case "momentum" -> Models.of("llama", 16, 2).put("value_momentum", 0.8);
            case "linear momentum" -> Models.linearLlama(16, 2).put("value_momentum", 0.8);
            default -> Models.of(kind, 16, 2);
        };
    }

    private static LanguageModel model(String kind) {
        return Models.load(config(kind), 3, DataType.FLOAT64);
    }

    private static ContextDistillation of(int slots, int steps, Start start) {
        return new ContextDistillation(slots, steps, RATE, 4, start);
    }

    private static ContextState converted(
            LanguageModel model, NDManager batch, ConversionMethod method, List<TokenSequence> contexts) {
        return method.convert(model, batch, contexts.stream().map(List::of).toList(), Padding.LONGEST)
                .get(0)
                .state();
    }

    private static NDArray logits(
            LanguageModel model, NDManager batch, ContextState state, List<TokenSequence> queries) {
        List<Continuation> alone =
                queries.stream().map(query -> new Continuation(query, 0)).toList();
        return model.logits(model.continued(batch, alone, state, Padding.LONGEST, RunObserver.NONE));
    }

    /** ‖Δ‖ / ‖prompted‖ of all logits of queries that no method has seen, one for each context. */
    private static double error(
            LanguageModel model, ConversionMethod method, List<TokenSequence> contexts, List<TokenSequence> queries) {
        try (NDManager batch = model.newBatch()) {
            ContextState state = converted(model, batch, method, contexts);
            List<PromptTree> prompts = IntStream.range(0, contexts.size())
                    .mapToObj(i -> PromptTree.of(contexts.get(i), queries.get(i)))
                    .toList();
            NDArray prompted = model.logits(model.prompted(batch, prompts, Padding.LONGEST, RunObserver.NONE));
            NDArray change = logits(model, batch, state, queries).sub(prompted);
            return Math.sqrt(change.mul(change).sum().getDouble()
                    / prompted.mul(prompted).sum().getDouble());
        }
    }

    /** The mean over contexts of what is descended. */
    private static double loss(LanguageModel model, NDManager batch, List<TokenSequence> contexts, ContextState state) {
        LogitDistillation fit = new LogitDistillation(
                model, batch, CalibrationTokens.of(contexts, 4, 1000), Padding.LONGEST, Loss.LOGITS);
        return IntStream.range(0, contexts.size())
                .mapToDouble(context -> fit.losses(state, batch)[context])
                .average()
                .orElseThrow();
    }

    private static List<TokenSequence> tokens(int seed, int count, int length) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> Models.tokens(random, length))
                .toList();
    }

    // ---- what it is for

    /** Of a model that finds again what it has read: queries are tokens of the context and what followed them. */
    @Test
    void aModelThatLearnsInContextAnswersHeldOutQueriesBetterTheMoreStepsThereAre() {
        Checkpoint shipped = Checkpoint.open(Path.of("..", "models", "induction-softmax"));
        Random random = new Random(1);
        List<TokenSequence> contexts = IntStream.range(0, 3)
                .mapToObj(i -> TokenSequence.of(random.ints(40, 0, 45).toArray()))
                .toList();
        List<TokenSequence> queries = contexts.stream()
                .map(context -> context.slice(11, 12).then(context.slice(29, 30)))
                .toList();
        try (LanguageModel model = LanguageModel.load(shipped.config(), shipped, DataType.FLOAT64, Device.cpu())) {
            List<Double> errors = new ArrayList<>();
            for (int steps : new int[] {0, 10, 40}) {
                ConversionMethod method = new ContextDistillation(8, steps, RATE, 2, Start.ATTENTION_MATCHING);
                errors.add(error(model, method, contexts, queries));
            }
            assertThat(errors).as("%s", errors).isSortedAccordingTo((a, b) -> Double.compare(b, a));
            assertThat(errors.get(2)).as("%s", errors).isLessThan(0.9 * errors.get(0));
        }
    }

    @ParameterizedTest(name = "{0}, 2 contexts of 20 tokens, seed 2")
    @ValueSource(strings = {"llama", "grouped heads", "gpt2", "hybrid", "linear_llama", "gated_deltanet", "rwkv7"})
    void theLossNeverRisesWithTheStepsAndFalls(String kind) {
        List<TokenSequence> contexts = tokens(2, 2, 20);
        try (LanguageModel model = model(kind);
                NDManager batch = model.newBatch()) {
            List<Double> losses = new ArrayList<>();
            for (int steps : new int[] {0, 1, 5, 30}) {
                ContextState state = converted(model, batch, of(3, steps, Start.RECENT), contexts);
                losses.add(loss(model, batch, contexts, state));
            }
            assertThat(losses).as("%s", losses).isSortedAccordingTo((a, b) -> Double.compare(b, a));
            assertThat(losses.get(3)).as("%s", losses).isLessThan(0.8 * losses.get(0));
        }
    }

    /** Of softmax. All biases of a linear model are more numbers than so few references, and may fit them alone. */
    @ParameterizedTest(name = "{0}, 2 contexts of 20 tokens, seed 2")
    @ValueSource(strings = {"llama", "grouped heads", "gpt2", "hybrid"})
    void heldOutQueriesOfOtherTokensComeNearerToo(String kind) {
        List<TokenSequence> contexts = tokens(2, 2, 20);
        List<TokenSequence> queries = tokens(3, 2, 4);
        try (LanguageModel model = model(kind)) {
            assertThat(error(model, of(3, 30, Start.RECENT), contexts, queries))
                    .isLessThan(error(model, of(3, 0, Start.RECENT), contexts, queries));
        }
    }

    // ---- where it starts

    @ParameterizedTest(name = "{0}")
    @EnumSource(Start.class)
    void noStepsAreTheStartBitForBit(Start start) {
        ConversionMethod plain = start == Start.ATTENTION_MATCHING
                ? new AttentionMatching(5, AttentionMatching.Keys.ATTENTION)
                : ConversionMethods.of(
                        "eviction",
                        Map.of("policy", start.name().toLowerCase(Locale.ROOT).replace('_', '-'), "budget", "5"));
        List<TokenSequence> contexts = tokens(4, 3, 17);
        try (LanguageModel model = model("grouped heads");
                NDManager batch = model.newBatch()) {
            Map<String, NDArray> expected =
                    converted(model, batch, plain, contexts).tensors();
            Map<String, NDArray> found =
                    converted(model, batch, of(5, 0, start), contexts).tensors();
            assertThat(found).containsOnlyKeys(expected.keySet());
            found.forEach((name, tensor) -> assertThat(tensor.toDoubleArray())
                    .as(name)
                    .isEqualTo(expected.get(name).toDoubleArray()));
        }
    }

    /** A step is of about the learning rate, whatever the gradient: this one throws the state far away. */
    @Test
    void aRateThatIsMuchTooHighLeavesTheStart() {
        List<TokenSequence> contexts = tokens(5, 2, 15);
        try (LanguageModel model = model("llama");
                NDManager batch = model.newBatch()) {
            ConversionMethod wild = new ContextDistillation(4, 5, 1e200, 4, Start.RECENT);
            Map<String, NDArray> expected =
                    converted(model, batch, of(4, 0, Start.RECENT), contexts).tensors();
            converted(model, batch, wild, contexts)
                    .tensors()
                    .forEach((name, tensor) -> assertThat(tensor.toDoubleArray())
                            .as(name)
                            .isEqualTo(expected.get(name).toDoubleArray()));
        }
    }

    // ---- what a context sees

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "gpt2", "hybrid", "linear_llama"})
    void contextsOfOtherLengthsInTheBatchAndSegmentsChangeNothing(String kind) {
        Random random = new Random(9);
        ConversionMethod method = of(5, 6, Start.ATTENTION_MATCHING);
        List<List<TokenSequence>> contexts = IntStream.of(20, 3, 0, 9)
                .mapToObj(length -> List.of(Models.tokens(random, length), Models.tokens(random, length / 2)))
                .toList();
        TokenSequence query = Models.tokens(random, 4);
        try (LanguageModel model = model(kind);
                NDManager batch = model.newBatch()) {
            List<ConvertedModels> together = method.convert(model, batch, contexts, Padding.LADDER);
            for (int segment = 0; segment < 2; segment++) {
                ContextState state = together.get(segment).state();
                NDArray all = logits(
                        model,
                        batch,
                        state,
                        contexts.stream().map(context -> query).toList());
                for (int context = 0; context < contexts.size(); context++) {
                    TokenSequence whole =
                            TokenSequence.concat(contexts.get(context).subList(0, segment + 1));
                    ConvertedModels alone = method.convert(model, batch, List.of(List.of(whole)), Padding.LONGEST)
                            .get(0);
                    NDArray one = logits(model, batch, alone.state(), List.of(query));
                    NDArray difference =
                            all.get(context * 4 + ":" + (context + 1) * 4).sub(one);
                    assertThat(difference.abs().max().getDouble())
                            .as("context %d, segment %d", context, segment)
                            .isLessThan(1e-9);
                    assertThat(together.get(segment).sizes().get(context))
                            .isEqualTo(alone.sizes().get(0));
                }
            }
        }
    }

    @Test
    void theSameContextsGiveTheSameBitsAlsoWhenAnotherTaskFitsAtTheSameTime() {
        try (LanguageModel model = model("llama")) {
            List<List<TokenSequence>> tasks = List.of(tokens(6, 2, 14), tokens(7, 2, 14), tokens(8, 2, 14));
            List<double[]> alone =
                    tasks.stream().map(task -> keysOfFirstLayer(model, task)).toList();
            List<CompletableFuture<double[]>> atOnce = tasks.stream()
                    .map(task -> CompletableFuture.supplyAsync(() -> keysOfFirstLayer(model, task)))
                    .toList();
            for (int task = 0; task < tasks.size(); task++) {
                assertThat(atOnce.get(task).join()).isEqualTo(alone.get(task));
            }
        }
    }

    private static double[] keysOfFirstLayer(LanguageModel model, List<TokenSequence> contexts) {
        try (NDManager batch = model.newBatch()) {
            return converted(model, batch, of(3, 8, Start.ATTENTION_MATCHING), contexts)
                    .in("model.layers.0.self_attn")
                    .get("b_k")
                    .toDoubleArray();
        }
    }

    @ParameterizedTest(name = "{0} of 24 positions taken")
    @ValueSource(ints = {20, 22, 23, 24})
    void referencesAreAsShortAsLearnedPositionsNeed(int taken) {
        List<TokenSequence> contexts = tokens(10, 1, taken);
        try (LanguageModel model = Models.load(Models.gpt2(24), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<Continuation> pieces =
                    CalibrationTokens.of(contexts, 4, 24).pieces().get(0);
            assertThat(pieces).allSatisfy(piece -> assertThat(piece.scored()).isLessThanOrEqualTo(24 - taken));
            assertThat(pieces.stream().mapToInt(Continuation::scored).sum()).isEqualTo(taken == 24 ? 0 : taken);
            Map<String, NDArray> start =
                    converted(model, batch, of(3, 0, Start.RECENT), contexts).tensors();
            converted(model, batch, of(3, 2, Start.RECENT), contexts).tensors().forEach((name, tensor) -> {
                boolean moved = tensor.sub(start.get(name)).abs().max().getDouble() > 0;
                assertThat(moved).as(name).isEqualTo(taken < 24 && (name.endsWith(".b_k") || name.endsWith(".b_v")));
            });
        }
    }

    // ---- the gradient

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "llama, LOGITS",
        "llama, KL",
        "grouped heads, LOGITS",
        "gpt2, LOGITS",
        "gpt2, KL",
        "hybrid, LOGITS",
        "linear_llama, LOGITS",
        "linear_llama, KL",
        "momentum, LOGITS",
        "linear momentum, LOGITS"
    })
    void theGradientIsThatOfCentralDifferences(String kind, Loss loss) {
        List<TokenSequence> contexts = tokens(11, 2, 13);
        Random random = new Random(12);
        try (LanguageModel model = model(kind);
                NDManager batch = model.newBatch()) {
            // Off the start, where a loss may be flat.
            ContextState state = converted(model, batch, of(4, 3, Start.ATTENTION_MATCHING), contexts);
            LogitDistillation fit =
                    new LogitDistillation(model, batch, CalibrationTokens.of(contexts, 4, 1000), Padding.LONGEST, loss);
            Map<String, NDArray> current = ContextDistillation.trained(model, state);
            assertThat(current).isNotEmpty();
            fit.gradients(state, current, batch).gradients().forEach((name, gradient) -> {
                NDArray tensor = current.get(name);
                double[] values = tensor.toDoubleArray();
                int i = random.nextInt(values.length);
                double step = 1e-5;
                double difference = (moved(fit, state, batch, name, i, step) - moved(fit, state, batch, name, i, -step))
                        / (2 * step);
                assertThat(gradient.toDoubleArray()[i])
                        .as("%s[%d]", name, i)
                        .isCloseTo(difference, within(1e-9 + 1e-6 * Math.abs(difference)));
            });
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"momentum, false", "linear momentum, true"})
    void theAverageOfMomentumIsFittedOnlyWhereThereAreNoSlots(String kind, boolean fitted) {
        try (LanguageModel model = model(kind);
                NDManager batch = model.newBatch()) {
            assertThat(ContextDistillation.trained(model, model.initialState(batch))
                            .keySet())
                    .isNotEmpty()
                    .satisfies(names -> assertThat(names.stream().anyMatch(name -> name.endsWith(".b_s")))
                            .isEqualTo(fitted));
        }
    }

    private static double moved(
            LogitDistillation fit, ContextState state, NDManager batch, String name, int index, double by) {
        NDArray tensor = state.tensors().get(name);
        double[] values = tensor.toDoubleArray();
        values[index] += by;
        Map<String, NDArray> tensors = new LinkedHashMap<>(state.tensors());
        tensors.put(name, batch.create(values, tensor.getShape()));
        double sum = 0;
        for (double loss : fit.losses(state.with(tensors), batch)) {
            sum += loss;
        }
        return sum;
    }

    // ---- what it costs, and what is refused

    @Test
    void aContextCostsWhatItsStartDoes() {
        List<List<TokenSequence>> contexts =
                tokens(13, 2, 20).stream().map(List::of).toList();
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT32);
                NDManager batch = model.newBatch()) {
            for (Start start : List.of(Start.ATTENTION_MATCHING, Start.UNIFORM)) {
                ConvertedModels fitted = of(4, 1, start)
                        .convert(model, batch, contexts, Padding.LONGEST)
                        .get(0);
                ConvertedModels first = of(4, 0, start)
                        .convert(model, batch, contexts, Padding.LONGEST)
                        .get(0);
                assertThat(fitted.sizes()).isEqualTo(first.sizes());
                // 2 layers of 4 heads; keys and values of 4 numbers, and a mass where there is one.
                assertThat(fitted.sizes().get(0).parameters()).isEqualTo(8 * 4 * (start == Start.UNIFORM ? 8L : 9L));
            }
        }
    }

    @Test
    void aModelOfWindowsAloneIsRefused() {
        try (LanguageModel model = model("mistral");
                NDManager batch = model.newBatch()) {
            assertThatThrownBy(() -> converted(model, batch, of(4, 1, Start.RECENT), tokens(1, 1, 5)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("iclca");
        }
    }
}
