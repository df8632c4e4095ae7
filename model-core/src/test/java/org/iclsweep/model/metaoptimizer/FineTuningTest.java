package org.iclsweep.model.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.CentralDifference;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.training.DivergenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradient descent on demonstrations, of models of two layers and width 16 in float64. */
class FineTuningTest {
    private static final TokenSequence QUERY = Models.tokens(new Random(11), 9);

    static Stream<String> families() {
        return Examples.families();
    }

    static Stream<Arguments> settings() {
        return families()
                .flatMap(family -> Stream.of(TrainedWeights.values()).map(trained -> Arguments.of(family, trained)));
    }

    private static FineTuning tuning(double rate) {
        return new FineTuning(TrainedWeights.KEYS_AND_VALUES, Descent.END_TO_END, rate);
    }

    /** −Σ_t log p(x_{t+1} | x_{≤t}) / (n − 1), in plain numbers. */
    private static double loss(LanguageModel model, TokenSequence tokens) {
        double[] logits = Examples.logits(model, tokens);
        int[] ids = tokens.ids();
        double sum = 0;
        for (int t = 0; t + 1 < ids.length; t++) {
            double total = 0;
            for (int v = 0; v < Models.VOCABULARY; v++) {
                total += Math.exp(logits[t * Models.VOCABULARY + v]);
            }
            sum += Math.log(total) - logits[t * Models.VOCABULARY + ids[t + 1]];
        }
        return sum / (ids.length - 1);
    }

    @ParameterizedTest(name = "{1} of {0}")
    @MethodSource("settings")
    void aStepIsTheRateTimesTheCentralDifferencesOfTheMeanTokenLoss(String family, TrainedWeights trained) {
        TokenSequence demonstration = Examples.demonstrations(3, 1).get(0);
        try (LanguageModel model = Examples.model(family);
                TunedModel tuned = new FineTuning(trained, Descent.END_TO_END, -1)
                        .tuned(model, List.of(demonstration), FineTuning.BeforeStep.NONE)) {
            assertThat(tuned.losses()[0]).isCloseTo(loss(model, demonstration), within(1e-12));
            Map<String, double[]> after = Examples.weights(tuned.model());
            Random random = new Random(7);
            for (TrainedBlock block : trained.in(model)) {
                NDArray tensor = model.tensors().get(block.tensor());
                double[] before = tensor.toDoubleArray();
                for (int n = 0; n < 3; n++) {
                    int row = random.nextInt(before.length / (int) block.columns());
                    int column = (int) block.from() + random.nextInt((int) (block.to() - block.from()));
                    int i = row * (int) block.columns() + column;
                    double difference = CentralDifference.of(tensor, before, i, 1e-5, () -> loss(model, demonstration));
                    assertThat(after.get(block.tensor())[i] - before[i])
                            .as("%s[%d]", block.tensor(), i)
                            .isCloseTo(difference, within(1e-8 + 1e-5 * Math.abs(difference)));
                }
            }
        }
    }

    @ParameterizedTest(name = "{1} of {0}")
    @MethodSource("settings")
    void nothingElseChangesAndNothingAtAllInTheModelBefore(String family, TrainedWeights trained) {
        try (LanguageModel model = Examples.model(family)) {
            Map<String, double[]> before = Examples.weights(model);
            try (TunedModel tuned = new FineTuning(trained, Descent.END_TO_END, 0.1)
                    .tuned(model, Examples.demonstrations(4, 3), FineTuning.BeforeStep.NONE)) {
                Map<String, double[]> after = Examples.weights(tuned.model());
                List<TrainedBlock> blocks = trained.in(model);
                before.forEach((name, values) -> {
                    Set<Long> changed = changedColumns(values, after.get(name), blocks, name);
                    if (name.endsWith("k_proj.bias") || name.endsWith("c_attn.bias")) {
                        // A softmax does not change with the bias of its keys: its gradient is 0 but for rounding.
                        assertThat(columns(blocks, name)).as(name).containsAll(changed);
                    } else {
                        assertThat(changed).as(name).isEqualTo(columns(blocks, name));
                    }
                });
            }
            assertThat(Examples.weights(model)).usingRecursiveComparison().isEqualTo(before);
        }
    }

    private static Set<Long> columns(List<TrainedBlock> blocks, String name) {
        Set<Long> columns = new TreeSet<>();
        blocks.stream().filter(block -> block.tensor().equals(name)).forEach(block -> {
            for (long c = block.from(); c < block.to(); c++) {
                columns.add(c);
            }
        });
        return columns;
    }

    private static Set<Long> changedColumns(double[] before, double[] after, List<TrainedBlock> blocks, String name) {
        long columns = blocks.stream()
                .filter(block -> block.tensor().equals(name))
                .mapToLong(TrainedBlock::columns)
                .findFirst()
                .orElse(1);
        Set<Long> changed = new TreeSet<>();
        for (int i = 0; i < before.length; i++) {
            if (before[i] != after[i]) {
                changed.add(i % columns);
            }
        }
        return changed;
    }

    /** GPT-2 writes q, k and v side by side: of 48 columns the second and third 16 are trained. */
    @Test
    void ofAFusedProjectionTheColumnsOfKeysAndValuesAreTrained() {
        try (LanguageModel model = Examples.model("gpt2")) {
            assertThat(TrainedWeights.KEYS_AND_VALUES.in(model))
                    .contains(
                            new TrainedBlock("h.1.attn", "h.1.attn.c_attn.weight", TrainedBlock.Part.KEYS, 16, 32, 48),
                            new TrainedBlock(
                                    "h.1.attn", "h.1.attn.c_attn.weight", TrainedBlock.Part.VALUES, 32, 48, 48),
                            new TrainedBlock("h.0.attn", "h.0.attn.c_attn.bias", TrainedBlock.Part.KEYS, 16, 32, 48))
                    .hasSize(8);
            assertThat(TrainedWeights.VALUES.in(model))
                    .allMatch(block -> block.from() == 32)
                    .hasSize(4);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void aLearningRateOf0LeavesEveryLogitAsItIsToTheLastBit(String family) {
        try (LanguageModel model = Examples.model(family);
                TunedModel tuned = tuning(0).tuned(model, Examples.demonstrations(5, 4), FineTuning.BeforeStep.NONE)) {
            assertThat(Examples.logits(tuned.model(), QUERY)).containsExactly(Examples.logits(model, QUERY));
            assertThat(tuned.changes().values()).containsOnly(0.0);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Descent.class)
    void twoRunsAreEqualBitForBit(Descent descent) {
        FineTuning tuning = new FineTuning(TrainedWeights.KEYS_AND_VALUES, descent, 0.05);
        List<TokenSequence> demonstrations = Examples.demonstrations(6, 4);
        for (String family : families().toList()) {
            try (LanguageModel model = Examples.model(family);
                    TunedModel once = tuning.tuned(model, demonstrations, FineTuning.BeforeStep.NONE);
                    TunedModel again = tuning.tuned(model, demonstrations, FineTuning.BeforeStep.NONE)) {
                assertThat(Examples.weights(again.model()))
                        .usingRecursiveComparison()
                        .isEqualTo(Examples.weights(once.model()));
                assertThat(again.losses()).containsExactly(once.losses());
            }
        }
    }

    /** Steps follow one another: the second starts from what the first left, and their order counts. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void twoDemonstrationsAtOnceAreOneAfterTheOther(String family) {
        List<TokenSequence> two = Examples.demonstrations(7, 2);
        List<TokenSequence> reversed = List.of(two.get(1), two.get(0));
        try (LanguageModel model = Examples.model(family);
                TunedModel both = tuning(0.1).tuned(model, two, FineTuning.BeforeStep.NONE);
                TunedModel first = tuning(0.1).tuned(model, two.subList(0, 1), FineTuning.BeforeStep.NONE);
                TunedModel second = tuning(0.1).tuned(first.model(), two.subList(1, 2), FineTuning.BeforeStep.NONE);
                TunedModel turned = tuning(0.1).tuned(model, reversed, FineTuning.BeforeStep.NONE)) {
            double[] logits = Examples.logits(both.model(), QUERY);
            assertThat(Examples.logits(second.model(), QUERY)).containsExactly(logits);
            assertThat(Examples.logits(turned.model(), QUERY)).isNotEqualTo(logits);
        }
    }

    @Test
    void whoLooksBeforeAStepSeesTheModelThatTheStepFinds() {
        List<TokenSequence> demonstrations = Examples.demonstrations(8, 3);
        List<Double> seen = new ArrayList<>();
        try (LanguageModel model = Examples.model("gpt2");
                TunedModel tuned = tuning(0.1)
                        .tuned(
                                model,
                                demonstrations,
                                (step, current) -> seen.add(loss(current, demonstrations.get(step))))) {
            for (int step = 0; step < 3; step++) {
                assertThat(tuned.losses()[step]).isCloseTo(seen.get(step), within(1e-12));
            }
        }
    }

    /**
     * Of the last layer both gradients are the same, because its own loss is the model's; below it they are not. A
     * layer's own loss does not depend on the layers above it.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void aLayerCausalStepIsTheUsualOneInTheLastLayerAndOnlyThere(String family) {
        List<TokenSequence> one = Examples.demonstrations(9, 1);
        try (LanguageModel model = Examples.model(family);
                TunedModel usual = new FineTuning(TrainedWeights.VALUES, Descent.END_TO_END, 0.1)
                        .tuned(model, one, FineTuning.BeforeStep.NONE);
                TunedModel causal = new FineTuning(TrainedWeights.VALUES, Descent.LAYER_CAUSAL, 0.1)
                        .tuned(model, one, FineTuning.BeforeStep.NONE)) {
            Map<String, double[]> usually = Examples.weights(usual.model());
            Map<String, double[]> causally = Examples.weights(causal.model());
            for (TrainedBlock block : TrainedWeights.VALUES.in(model)) {
                boolean last = block.tensor().contains(".1.");
                double[] a = usually.get(block.tensor());
                double[] b = causally.get(block.tensor());
                double apart = IntStream.range(0, a.length)
                        .mapToDouble(i -> Math.abs(a[i] - b[i]))
                        .max()
                        .orElseThrow();
                assertThat(apart < 1e-14).as("%s: %s", block.tensor(), apart).isEqualTo(last);
            }
            assertThat(causal.losses()[0]).isGreaterThan(usual.losses()[0]);
        }
    }

    /** The same direction in every layer, and the same length over all; in every layer as much of it. */
    @ParameterizedTest(name = "{1} of {0}")
    @MethodSource("settings")
    void aStepOfEqualLayersIsTheUsualOneSharedEquallyAmongThem(String family, TrainedWeights trained) {
        List<TokenSequence> one = Examples.demonstrations(9, 1);
        try (LanguageModel model = Examples.model(family);
                TunedModel usual =
                        new FineTuning(trained, Descent.END_TO_END, 0.1).tuned(model, one, FineTuning.BeforeStep.NONE);
                TunedModel equal = new FineTuning(trained, Descent.EQUAL_LAYERS, 0.1)
                        .tuned(model, one, FineTuning.BeforeStep.NONE)) {
            double[] first = inLayer(model, usual, 0);
            double[] second = inLayer(model, usual, 1);
            double share = Math.hypot(Vectors.norm(first), Vectors.norm(second)) / Math.sqrt(2);
            assertThat(Vectors.norm(first)).isNotCloseTo(share, within(1e-3 * share));
            assertThat(inLayer(model, equal, 0))
                    .containsExactly(Vectors.scaled(first, share / Vectors.norm(first)), within(1e-12));
            assertThat(inLayer(model, equal, 1))
                    .containsExactly(Vectors.scaled(second, share / Vectors.norm(second)), within(1e-12));
            assertThat(elsewhere(model, equal)).containsExactly(elsewhere(model, usual));
            assertThat(equal.losses()).containsExactly(usual.losses());
        }
    }

    private static double[] inLayer(LanguageModel model, TunedModel tuned, int layer) {
        return changes(model, tuned, name -> name.contains("." + layer + "."));
    }

    private static double[] elsewhere(LanguageModel model, TunedModel tuned) {
        return changes(model, tuned, name -> !name.contains(".0.") && !name.contains(".1."));
    }

    private static double[] changes(LanguageModel model, TunedModel tuned, Predicate<String> which) {
        Map<String, double[]> before = Examples.weights(model);
        return Examples.weights(tuned.model()).entrySet().stream()
                .filter(tensor -> which.test(tensor.getKey()))
                .flatMapToDouble(
                        tensor -> DoubleStream.of(Vectors.difference(tensor.getValue(), before.get(tensor.getKey()))))
                .toArray();
    }

    /** The derivative against fine-tuning itself: their difference shrinks with the learning rate. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("descents")
    void fineTuningTendsToItsLimitLinearlyInTheRate(String family, Descent descent) {
        List<TokenSequence> demonstrations = Examples.demonstrations(10, 3);
        SmallRateLimit limit = new SmallRateLimit(TrainedWeights.KEYS_AND_VALUES, descent, SmallRateLimit.DEFAULT_STEP);
        try (LanguageModel model = Examples.model(family)) {
            QueryRecording derivative = limit.derivatives(model, demonstrations, List.of(QUERY))
                    .orElseThrow()
                    .get(0);
            double coarse = distance(model, demonstrations, descent, derivative, 1e-4);
            double fine = distance(model, demonstrations, descent, derivative, 1e-5);
            assertThat(coarse).isLessThan(1e-2);
            assertThat(coarse / fine).isBetween(9.0, 11.0);
        }
    }

    static Stream<Arguments> descents() {
        return families().flatMap(family -> Stream.of(Descent.values()).map(descent -> Arguments.of(family, descent)));
    }

    /** ‖(h_FT − h) / η − h′‖ / ‖h′‖ of the last mixer's output. */
    private static double distance(
            LanguageModel model,
            List<TokenSequence> demonstrations,
            Descent descent,
            QueryRecording derivative,
            double rate) {
        FineTuning tuning = new FineTuning(TrainedWeights.KEYS_AND_VALUES, descent, rate);
        try (TunedModel tuned = tuning.tuned(model, demonstrations, FineTuning.BeforeStep.NONE)) {
            double[] after = last(tuned.model());
            double[] before = last(model);
            double[] expected = derivative.mixers().get(1).output();
            double[] moved = Vectors.scaled(Vectors.difference(after, before), 1 / rate);
            return Vectors.norm(Vectors.difference(moved, expected)) / Vectors.norm(expected);
        }
    }

    private static double[] last(LanguageModel model) {
        return QueryRecording.of(model, TokenSequence.EMPTY, List.of(QUERY))
                .get(0)
                .mixers()
                .get(1)
                .output();
    }

    @Test
    void withoutDemonstrationsNothingMovesAndTheLimitHasNoDirection() {
        SmallRateLimit limit =
                new SmallRateLimit(TrainedWeights.KEYS_AND_VALUES, Descent.END_TO_END, SmallRateLimit.DEFAULT_STEP);
        try (LanguageModel model = Examples.model("llama");
                TunedModel tuned = tuning(1).tuned(model, List.of(), FineTuning.BeforeStep.NONE)) {
            assertThat(Examples.logits(tuned.model(), QUERY)).containsExactly(Examples.logits(model, QUERY));
            assertThat(limit.derivatives(model, List.of(), List.of(QUERY))).isEmpty();
        }
    }

    @Test
    void aRandomTwinChangesEveryBlockByTheSameNorm() {
        try (LanguageModel model = Examples.model("gpt2");
                TunedModel tuned =
                        tuning(0.1).tuned(model, Examples.demonstrations(12, 2), FineTuning.BeforeStep.NONE);
                TunedModel twin = tuned.randomTwin(1);
                TunedModel same = tuned.randomTwin(1);
                TunedModel other = tuned.randomTwin(2)) {
            Map<TrainedBlock, Double> norms = tuned.changes();
            assertThat(norms).hasSize(8);
            // The gradient of a softmax's key biases is rounding alone, too little to be added to anything.
            norms.forEach((block, norm) -> assertThat(twin.changes().get(block))
                    .as("%s", block)
                    .isCloseTo(norm, within(1e-12 * norm + 1e-15)));
            double[] logits = Examples.logits(twin.model(), QUERY);
            assertThat(Examples.logits(same.model(), QUERY)).containsExactly(logits);
            assertThat(Examples.logits(other.model(), QUERY)).isNotEqualTo(logits);
        }
    }

    /** The updates of keys and of values by a training of the whole model, apart also where one tensor has both. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gpt2", "llama", "retnet"})
    void theWholeModelsBlocksAreThoseOfKeysAndValuesAndAllElseOnce(String family) {
        try (LanguageModel model = Examples.model(family)) {
            List<TrainedBlock> whole = TrainedWeights.WHOLE_MODEL.in(model);
            assertThat(whole).doesNotHaveDuplicates().containsAll(TrainedWeights.KEYS_AND_VALUES.in(model));
            DemonstrationGradient.byTensor(whole)
                    .forEach((tensor, blocks) -> assertThat(blocks.stream()
                                    .mapToLong(block -> block.to() - block.from())
                                    .sum())
                            .as(tensor)
                            .isEqualTo(blocks.get(0).columns()));
        }
    }

    @Test
    void recurrentFamiliesAreTunedWhereTheyHaveSuchProjections() {
        for (String family : List.of("retnet", "gla", "delta_net", "gated_deltanet", "linear_attn", "mistral")) {
            try (LanguageModel model = Examples.model(family);
                    TunedModel tuned =
                            tuning(0.05).tuned(model, Examples.demonstrations(13, 2), FineTuning.BeforeStep.NONE)) {
                assertThat(tuned.changes().values())
                        .as(family)
                        .hasSizeGreaterThanOrEqualTo(4)
                        .allMatch(norm -> norm > 0);
            }
        }
        try (LanguageModel model = Examples.model("mamba2")) {
            assertThatThrownBy(
                            () -> tuning(0.05).tuned(model, Examples.demonstrations(13, 2), FineTuning.BeforeStep.NONE))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("k_proj");
        }
    }

    @Test
    void whatCannotBeTunedIsRefusedWithAReason() {
        try (LanguageModel model = Examples.model("gpt2")) {
            assertThatThrownBy(() -> tuning(0.1).tuned(model, List.of(TokenSequence.of(3)), FineTuning.BeforeStep.NONE))
                    .hasMessageContaining("found 1");
            model.tensors().get("ln_f.weight").muli(Double.NaN);
            assertThatThrownBy(
                            () -> tuning(0.25).tuned(model, Examples.demonstrations(1, 4), FineTuning.BeforeStep.NONE))
                    .isInstanceOf(DivergenceException.class)
                    .hasMessageContaining("Step 1: the loss is NaN")
                    .hasMessageContaining("0.25");
        }
        try (LanguageModel model = Models.load(Models.gpt2(64), 1, DataType.FLOAT32)) {
            SmallRateLimit limit = new SmallRateLimit(TrainedWeights.VALUES, Descent.END_TO_END, 1e-5);
            assertThatThrownBy(() -> limit.derivatives(model, List.of(), List.of(QUERY)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("float32");
        }
    }

    /** The manager that lives as long as the model holds as many arrays after a failure and a success as before. */
    @Test
    void nothingIsLeftWithTheModelAfterwards() {
        try (LanguageModel model = Examples.model("llama")) {
            NDManager owner = model.tensors().values().iterator().next().getManager();
            int before = owner.getManagedArrays().size();
            List<TokenSequence> demonstrations = Examples.demonstrations(1, 4);
            try (TunedModel tuned = tuning(0.1).tuned(model, demonstrations, FineTuning.BeforeStep.NONE)) {
                tuned.randomTwin(1).close();
            }
            List<TokenSequence> tooShort = List.of(demonstrations.get(0), TokenSequence.of(3));
            assertThatThrownBy(() -> tuning(0.1).tuned(model, tooShort, FineTuning.BeforeStep.NONE))
                    .isInstanceOf(IllegalArgumentException.class);
            new SmallRateLimit(TrainedWeights.VALUES, Descent.LAYER_CAUSAL, 1e-5)
                    .derivatives(model, Examples.demonstrations(1, 2), List.of(QUERY));
            assertThat(owner.getManagedArrays()).hasSize(before);
        }
    }
}
