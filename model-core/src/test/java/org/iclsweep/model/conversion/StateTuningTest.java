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
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.StateTuning.Example;
import org.iclsweep.model.conversion.StateTuning.Start;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.tensor.Doubles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Biases that are tuned while the weights stay. */
class StateTuningTest {
    private static final StateTuning TUNING = new StateTuning(0.01, 8, 3);

    private static LanguageModel model(String family) {
        return Models.load(Models.of(family, 16, 2), 3, DataType.FLOAT64);
    }

    private static List<Example> examples(int count) {
        Random random = new Random(4);
        return IntStream.range(0, count)
                .mapToObj(i -> new Example(Models.tokens(random, 2 + i % 3), i % 2 == 0 ? 5 : 9))
                .toList();
    }

    private static ContextState converted(LanguageModel model, NDManager batch) {
        return new ExactConversion()
                .convert(model, batch, Models.tokens(new Random(6), 20))
                .state();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet", "mamba2", "rwkv7"})
    void tuningChangesTheBiasesAloneAndLowersTheLossOfEveryStart(String family) {
        List<Example> examples = examples(8);
        try (LanguageModel model = model(family);
                NDManager batch = model.newBatch()) {
            Map<String, double[]> weights = new LinkedHashMap<>();
            model.tensors().forEach((name, tensor) -> weights.put(name, Doubles.of(tensor)));
            ContextState context = converted(model, batch);
            for (Start start : Start.values()) {
                ContextState before = TUNING.start(model, start, context, batch);
                StateTuning.Tuned tuned = TUNING.tune(model, before, examples, 12, batch);
                assertThat(tuned.losses()[0])
                        .isCloseTo(StateTuning.score(model, before, examples).loss(), within(1e-12));
                assertThat(StateTuning.score(model, tuned.state(), examples).loss())
                        .as("%s", start)
                        .isLessThan(tuned.losses()[0]);
            }
            model.tensors()
                    .forEach((name, tensor) ->
                            assertThat(Doubles.of(tensor)).as(name).isEqualTo(weights.get(name)));
        }
    }

    /** Adam's first step is η g / (|g| + ε): its sign is that of a central difference of the loss in plain loops. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet"})
    void theFirstStepGoesAgainstTheGradientOfTheCrossEntropy(String family) {
        List<Example> examples = examples(5);
        Random random = new Random(7);
        try (LanguageModel model = model(family);
                NDManager batch = model.newBatch()) {
            ContextState start = converted(model, batch);
            ContextState after = TUNING.tune(model, start, examples, 1, batch).state();
            int compared = 0;
            for (String name : ContextDistillation.trained(model, start)) {
                double[] from = Doubles.of(start.tensors().get(name));
                double[] to = Doubles.of(after.tensors().get(name));
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
            double[][] logits = Doubles.rows(model.logits(model.continued(
                    batch, List.of(new Continuation(example.query(), 0)), state, Padding.LONGEST, RunObserver.NONE)));
            double[] last = logits[logits.length - 1];
            sum += Math.log(Arrays.stream(last).map(Math::exp).sum()) - last[example.answer()];
        }
        return sum / examples.size();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Start.class)
    void aStartIsTheSameEveryTimeAndWithoutAStepItself(Start start) {
        try (LanguageModel model = model("gated_deltanet");
                NDManager batch = model.newBatch()) {
            ContextState context = converted(model, batch);
            ContextState one = TUNING.start(model, start, context, batch);
            ContextState other = TUNING.start(model, start, context, batch);
            ContextState untouched =
                    TUNING.tune(model, one, examples(3), 0, batch).state();
            one.tensors().forEach((name, tensor) -> {
                double[] values = Doubles.of(tensor);
                assertThat(Doubles.of(other.tensors().get(name))).isEqualTo(values);
                assertThat(Doubles.of(untouched.tensors().get(name))).isEqualTo(values);
                double[] ofContext = Doubles.of(context.tensors().get(name));
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
