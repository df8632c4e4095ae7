package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.TuningExamples.Example;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.StateScores;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Biases that are tuned while the weights stay. */
class StateTuningTest {
    private static final StateTuning TUNING = new StateTuning(0.01, 8);

    private static LanguageModel model(String family) {
        return Models.load(Models.of(family, 16, 2), 3, DataType.FLOAT64);
    }

    /** Queries of two to four tokens, with answers of one token and of two. */
    private static TuningExamples examples(int count, long seed) {
        Random random = new Random(4);
        return new TuningExamples(
                IntStream.range(0, count)
                        .mapToObj(i -> new Example(
                                Models.tokens(random, 2 + i % 3),
                                i % 2 == 0 ? TokenSequence.of(5) : TokenSequence.of(9, 7)))
                        .toList(),
                seed);
    }

    private static ContextState converted(LanguageModel model, NDManager batch) {
        return new ExactConversion()
                .convert(model, batch, Models.tokens(new Random(6), 20))
                .state();
    }

    private static ContextState start(LanguageModel model, TuningStart start, NDManager batch) {
        return start.of(model, model.initialState(batch), converted(model, batch), 3, batch);
    }

    /** The states after each of {@code steps}, and their losses there. */
    private record Measured(Map<Integer, Map<String, double[]>> states, Map<Integer, double[]> losses) {}

    private static Measured tuned(
            StateTuning tuning,
            LanguageModel model,
            ContextState starts,
            List<TuningExamples> examples,
            Integer... steps) {
        Measured measured = new Measured(new TreeMap<>(), new TreeMap<>());
        tuning.tune(model, starts, examples, List.of(steps), Padding.LONGEST, (step, states, losses) -> {
            measured.states().put(step, numbers(states));
            measured.losses().put(step, losses);
        });
        return measured;
    }

    private static Map<String, double[]> numbers(ContextState states) {
        Map<String, double[]> numbers = new LinkedHashMap<>();
        states.tensors().forEach((name, tensor) -> numbers.put(name, Doubles.of(tensor)));
        return numbers;
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet", "mamba2", "rwkv7"})
    void tuningChangesTheBiasesAloneAndLowersTheLossOfEveryStart(String family) {
        try (LanguageModel model = model(family);
                NDManager batch = model.newBatch()) {
            Map<String, double[]> weights = new LinkedHashMap<>();
            model.tensors().forEach((name, tensor) -> weights.put(name, Doubles.of(tensor)));
            for (TuningStart start : TuningStart.values()) {
                ContextState before = start(model, start, batch);
                Map<String, double[]> numbers = numbers(before);
                Measured measured = tuned(TUNING, model, before, List.of(examples(8, 3)), 0, 12);
                assertThat(measured.losses().get(12)[0])
                        .as("%s", start)
                        .isLessThan(measured.losses().get(0)[0]);
                assertSame(numbers(before), numbers);
                assertSame(measured.states().get(0), numbers);
            }
            model.tensors()
                    .forEach((name, tensor) ->
                            assertThat(Doubles.of(tensor)).as(name).isEqualTo(weights.get(name)));
        }
    }

    private static void assertSame(Map<String, double[]> found, Map<String, double[]> expected) {
        expected.forEach((name, numbers) -> assertThat(found.get(name)).as(name).isEqualTo(numbers));
    }

    /** Adam's first step is η g / (|g| + ε): its sign is that of a central difference of the loss in plain loops. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet"})
    void theFirstStepGoesAgainstTheGradientOfTheCrossEntropy(String family) {
        List<Example> examples = examples(5, 3).examples();
        Random random = new Random(7);
        try (LanguageModel model = model(family);
                NDManager batch = model.newBatch()) {
            ContextState start = converted(model, batch);
            Measured measured = tuned(TUNING, model, start, List.of(examples(5, 3)), 0, 1);
            assertThat(measured.losses().get(0)[0])
                    .isCloseTo(crossEntropy(model, batch, start, examples), within(1e-12));
            int compared = 0;
            for (String name : ContextDistillation.trained(model, start).keySet()) {
                double[] from = measured.states().get(0).get(name);
                double[] to = measured.states().get(1).get(name);
                int i = random.nextInt(from.length);
                double slope = (crossEntropy(model, batch, moved(start, batch, name, i, 1e-5), examples)
                                - crossEntropy(model, batch, moved(start, batch, name, i, -1e-5), examples))
                        / 2e-5;
                if (Math.abs(slope) > 1e-6) {
                    compared++;
                    double step = TUNING.learningRate() * slope / (Math.abs(slope) + 1e-8);
                    assertThat(to[i] - from[i]).as("%s[%d]", name, i).isCloseTo(-step, within(1e-4));
                }
            }
            assertThat(compared).isPositive();
        }
    }

    private static ContextState moved(ContextState state, NDManager batch, String name, int index, double by) {
        NDArray tensor = state.tensors().get(name);
        double[] values = Doubles.of(tensor);
        values[index] += by;
        return state.with(Map.of(name, batch.create(values, tensor.getShape())));
    }

    private static double crossEntropy(
            LanguageModel model, NDManager batch, ContextState state, List<Example> examples) {
        double sum = 0;
        for (Example example : examples) {
            TokenSequence all = example.query().then(example.answer());
            double[][] logits = Doubles.rows(model.logits(model.continued(
                    batch, List.of(new Continuation(all, 0)), state, Padding.LONGEST, RunObserver.NONE)));
            for (int at = example.query().length(); at < all.length(); at++) {
                double[] before = logits[at - 1];
                sum += Math.log(Arrays.stream(before).map(Math::exp).sum()) - before[all.ids()[at]];
            }
        }
        return sum / examples.size();
    }

    @Test
    void theLossIsTheMeanNegativeLogLikelihoodOfTheRightLabels() {
        Random random = new Random(8);
        List<EncodedQuery> queries = IntStream.range(0, 4)
                .mapToObj(i -> EncodedQuery.choosing(
                        i, Models.tokens(random, 3), List.of(new int[] {5}, new int[] {9, 7}), i % 2))
                .toList();
        TuningExamples examples =
                new TuningExamples(queries.stream().map(Example::of).toList(), 1);
        try (LanguageModel model = model("gated_deltanet");
                NDManager batch = model.newBatch()) {
            ContextState state = converted(model, batch);
            double nll = new StateScores(model, Padding.LONGEST, 1000)
                    .answers(batch, state, queries).get(0).stream()
                            .mapToDouble(answered -> Objects.requireNonNull(answered.nll()))
                            .average()
                            .orElseThrow();
            assertThat(tuned(TUNING, model, state, List.of(examples), 0)
                            .losses()
                            .get(0)[0])
                    .isCloseTo(nll, within(1e-12));
        }
    }

    @Test
    void statesThatAreTunedTogetherAreThoseThatAreTunedAlone() {
        List<TuningExamples> examples = List.of(examples(3, 1), examples(12, 2), examples(12, 5));
        try (LanguageModel model = model("gated_deltanet");
                NDManager batch = model.newBatch()) {
            List<ContextState> starts = Arrays.stream(TuningStart.values())
                    .map(start -> start(model, start, batch))
                    .toList();
            Measured together = tuned(TUNING, model, ContextState.joined(starts), examples, 2, 5);
            for (int row = 0; row < starts.size(); row++) {
                Measured alone = tuned(TUNING, model, starts.get(row), List.of(examples.get(row)), 0, 5);
                for (String name : alone.states().get(5).keySet()) {
                    double[] own = alone.states().get(5).get(name);
                    double[] all = together.states().get(5).get(name);
                    assertThat(Arrays.copyOfRange(all, row * own.length, (row + 1) * own.length))
                            .as(name)
                            .containsExactly(own, within(1e-12));
                }
                assertThat(together.losses().get(5)[row])
                        .isCloseTo(alone.losses().get(5)[0], within(1e-12));
            }
        }
    }

    @Test
    void aStateThatDivergesLeavesTheOthersAsTheyAre() {
        List<TuningExamples> examples = List.of(examples(4, 1), examples(4, 1));
        try (LanguageModel model = model("linear_llama");
                NDManager batch = model.newBatch()) {
            ContextState sound = converted(model, batch);
            ContextState broken = sound.mapped(tensor -> tensor.mul(Double.NaN));
            Measured both = tuned(TUNING, model, ContextState.joined(List.of(sound, sound)), examples, 3);
            Measured one = tuned(TUNING, model, ContextState.joined(List.of(sound, broken)), examples, 3);
            assertThat(one.losses().get(3)[1]).isNaN();
            assertThat(one.losses().get(3)[0]).isEqualTo(both.losses().get(3)[0]);
        }
    }

    @Test
    void theSeedDrawsTheExamplesOfEachStepAndNoOthersWhereAllAreRead() {
        try (LanguageModel model = model("linear_llama");
                NDManager batch = model.newBatch()) {
            ContextState start = converted(model, batch);
            double[] one = losses(model, start, examples(12, 1));
            assertThat(losses(model, start, examples(12, 1))).isEqualTo(one);
            assertThat(losses(model, start, examples(12, 2))).isNotEqualTo(one);
            assertThat(losses(model, start, examples(8, 1))).isEqualTo(losses(model, start, examples(8, 2)));
        }
    }

    private static double[] losses(LanguageModel model, ContextState start, TuningExamples examples) {
        return tuned(TUNING, model, start, List.of(examples), 2).losses().get(2);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(TuningStart.class)
    void aStartIsTheSameEveryTime(TuningStart start) {
        try (LanguageModel model = model("gated_deltanet");
                NDManager batch = model.newBatch()) {
            Map<String, double[]> context = numbers(converted(model, batch));
            Map<String, double[]> one = numbers(start(model, start, batch));
            assertSame(numbers(start(model, start, batch)), one);
            one.forEach((name, values) -> {
                double[] ofContext = context.get(name);
                switch (start) {
                    case ZERO -> assertThat(values).containsOnly(0.0);
                    case CONVERTED -> assertThat(values).isEqualTo(ofContext);
                    case RANDOM -> {
                        assertThat(length(values)).isCloseTo(length(ofContext), within(1e-9));
                        assertThat(values).isNotEqualTo(ofContext);
                    }
                }
            });
        }
    }

    private static double length(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
    }
}
