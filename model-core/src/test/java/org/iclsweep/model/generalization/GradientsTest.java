package org.iclsweep.model.generalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.CentralDifference;
import org.iclsweep.model.generalization.RunSettings.Kind;
import org.iclsweep.model.generalization.RunSettings.Precision;
import org.iclsweep.model.tensor.GradientRecording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradients in float64, of three runs at once. */
class GradientsTest {
    private static final long[] SEEDS = {3, 4, 5};

    private static List<RunSettings> runs(Kind kind) {
        return List.of(
                Runs.of(kind, 0.8, 0.1, 3, Precision.FLOAT64),
                Runs.of(kind, 0.5, 0.1, 3, Precision.FLOAT64),
                Runs.of(kind, 1.0, 0.1, 3, Precision.FLOAT64));
    }

    /** The model's equation, word for word: projected tokens, one by one, and nothing of the order of products. */
    private static NDArray loss(PromptArrays prompts, List<NDArray> weights, boolean linear) {
        NDArray keys = projected(prompts.context(), weights.get(1)); // [R, N, l, D]
        NDArray values = projected(prompts.context(), weights.get(2));
        NDArray query = prompts.query().matMul(weights.get(0).swapAxes(1, 2)).expandDims(3); // [R, N, D, 1]
        NDArray scores = keys.matMul(query);
        NDArray attention = linear ? scores : scores.softmax(2);
        NDArray mixed = values.mul(attention).sum(new int[] {2});
        NDArray hidden = mixed.matMul(weights.get(3).swapAxes(1, 2)).maximum(0);
        NDArray output = hidden.matMul(weights.get(4)).squeeze(2);
        return Learner.hinge(output, prompts.label()).mean(new int[] {1}).sum();
    }

    private static NDArray projected(NDArray tokens, NDArray weight) {
        return tokens.matMul(weight.swapAxes(1, 2).expandDims(1));
    }

    @ParameterizedTest(name = "{0}, seeds 3, 4, 5")
    @EnumSource(names = {"ONE_LAYER", "LINEAR"})
    void theGradientByHandIsThatOfTheEngine(Kind kind) {
        boolean linear = kind == Kind.LINEAR;
        try (OneLayerModels models = new OneLayerModels(runs(kind), SEEDS, Device.cpu());
                NDManager scope = models.newBatch()) {
            PromptArrays prompts = Runs.prompts(scope, runs(kind), SEEDS, linear);
            OneLayerModels.Gradients byHand = models.gradients(prompts);
            List<NDArray> leaves = new ArrayList<>();
            for (NDArray weight : models.weights(scope)) {
                NDArray leaf = weight.duplicate();
                leaf.setRequiresGradient(true);
                leaves.add(leaf);
            }
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(loss(prompts, leaves, linear));
            }
            List<NDArray> found = List.of(byHand.query(), byHand.key(), byHand.value(), byHand.out());
            for (int i = 0; i < found.size(); i++) {
                double[] engine = leaves.get(i).getGradient().toDoubleArray();
                assertThat(largest(engine)).as("weight %d", i).isGreaterThan(1e-6);
                assertThat(found.get(i).toDoubleArray()).as("weight %d", i).containsExactly(engine, within(1e-14));
            }
        }
    }

    @Test
    void aMultiLayerModelsGradientIsThatOfCentralDifferences() {
        List<RunSettings> runs = runs(Kind.MULTI_LAYER);
        RandomStream random = RandomStream.of(9);
        try (MultiLayerModels models = new MultiLayerModels(runs, SEEDS, 6, Device.cpu());
                NDManager scope = models.newBatch()) {
            PromptArrays prompts = Runs.prompts(scope, runs, SEEDS, true);
            Map<String, NDArray> leaves = GradientRecording.leaves(models.weights, scope, name -> true);
            models.backward(prompts, leaves);
            leaves.forEach((name, leaf) -> {
                double[] gradient = leaf.getGradient().toDoubleArray();
                NDArray weight = models.weights.get(name);
                double[] values = weight.toDoubleArray();
                assertThat(largest(gradient)).as(name).isGreaterThan(1e-9);
                for (int n = 0; n < 3; n++) {
                    int i = random.nextInt(values.length);
                    double difference = CentralDifference.of(weight, values, i, 1e-5, () -> loss(models, prompts));
                    assertThat(gradient[i])
                            .as("%s[%d]", name, i)
                            .isCloseTo(difference, within(1e-8 + 1e-5 * Math.abs(difference)));
                }
            });
        }
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }

    private static double loss(MultiLayerModels models, PromptArrays prompts) {
        return Learner.hinge(models.forward(prompts).output(), prompts.label())
                .mean(new int[] {1})
                .sum()
                .getDouble();
    }
}
