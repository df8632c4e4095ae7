package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.decoder.Fixture;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.tensor.ParameterSpec;
import org.junit.jupiter.api.Test;

class OptimizerTest {
    private static final Set<String> DECAYED = Set.of("model.embeddings.weight", "x.q_proj.weight");

    private static final OptimizerSettings SETTINGS = new OptimizerSettings(
            1e-2,
            0.9,
            0.98,
            1e-8,
            0.1,
            1,
            new LearningRateSchedule.ConstantThenLinear(3, 0.5),
            List.of(new OptimizerSettings.Group("embeddings", 0.1, 0.5)));

    /** Algorithm 2 of arXiv:1711.05101 in plain loops. */
    private static void reference(double[] w, double[] m, double[] v, double[] g, double rate, double decay, int t) {
        for (int i = 0; i < w.length; i++) {
            m[i] = 0.9 * m[i] + 0.1 * g[i];
            v[i] = 0.98 * v[i] + 0.02 * g[i] * g[i];
            double mean = m[i] / (1 - Math.pow(0.9, t));
            double square = v[i] / (1 - Math.pow(0.98, t));
            w[i] = w[i] - rate * decay * w[i] - rate * mean / (Math.sqrt(square) + 1e-8);
        }
    }

    @Test
    void updatesAreThoseOfThePlainLoopWithTheGroupsFactors() {
        RandomStream random = RandomStream.of(1);
        Map<String, double[]> plain = new LinkedHashMap<>();
        plain.put("model.embeddings.weight", random.nextGaussians(6));
        plain.put("x.q_proj.weight", random.nextGaussians(6));
        plain.put("x.norm.weight", random.nextGaussians(3));
        plain.put("x.self_attn.b_d", random.nextGaussians(6));
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> weights = new LinkedHashMap<>();
            plain.forEach((name, values) -> weights.put(
                    name,
                    manager.create(values, values.length == 6 ? new Shape(2, 3) : new Shape(3))
                            .duplicate()));
            AdamW optimizer = new AdamW(SETTINGS, weights, DECAYED, manager);
            Map<String, double[][]> moments = new LinkedHashMap<>();
            plain.forEach((name, values) -> moments.put(name, new double[2][values.length]));
            for (int step = 0; step < 10; step++) {
                int now = step;
                Map<String, NDArray> gradients = new LinkedHashMap<>();
                plain.forEach((name, values) -> {
                    double[] gradient = random.nextGaussians(values.length);
                    gradients.put(
                            name, manager.create(gradient, weights.get(name).getShape()));
                    double rate = SETTINGS.rate(name, now, 10);
                    double decay = DECAYED.contains(name) ? SETTINGS.decay(name) : 0;
                    double[][] moment = moments.get(name);
                    reference(values, moment[0], moment[1], gradient, rate, decay, now + 1);
                });
                optimizer.update(weights, gradients, step, 10);
            }
            plain.forEach((name, values) ->
                    assertThat(weights.get(name).toDoubleArray()).as(name).containsExactly(values, within(1e-13)));
        }
    }

    @Test
    void onlyMatricesDecay() {
        assertThat(ParameterSpec.matrix("q_proj.weight", 4, 3).decays()).isTrue();
        assertThat(ParameterSpec.embedding("model.embeddings.weight", 4, 3).decays())
                .isTrue();
        assertThat(ParameterSpec.scale("norm.weight", 4).decays()).isFalse();
        assertThat(ParameterSpec.taps("q_conv1d.weight", 4, 2).decays()).isFalse();
    }

    @Test
    void everyMatrixOfEveryFixtureDecaysExceptTheTapsOfItsConvolutions() {
        Set<String> families = new HashSet<>();
        Fixture.all().forEach(fixture -> {
            Architecture layout = Architecture.of(fixture.config());
            for (ParameterSpec parameter : layout.parameters()) {
                boolean isTaps = parameter.fullName().contains("conv1d");
                assertThat(parameter.decays())
                        .as("%s: %s", fixture, parameter.fullName())
                        .isEqualTo(parameter.shape().dimension() >= 2 && !isTaps);
                if (isTaps) {
                    families.add(fixture.config().path("model_type").asText());
                }
            }
        });
        assertThat(families).contains("delta_net", "gated_deltanet", "linear_llama", "mamba2");
    }

    @Test
    void groupsHaveTheirOwnFactors() {
        assertThat(SETTINGS.decay("x.q_proj.weight")).isEqualTo(0.1);
        assertThat(SETTINGS.decay("model.embeddings.weight")).isEqualTo(0.05);
        assertThat(SETTINGS.rate("model.embeddings.weight", 4, 10)).isCloseTo(1e-3, within(1e-15));
    }

    @Test
    void aCosineGoesFromOneToItsFloorAfterTheWarmUp() {
        LearningRateSchedule schedule = new LearningRateSchedule.WarmupCosine(10, 0.05);
        assertThat(schedule.factor(0, 110)).isCloseTo(0.1, within(1e-12));
        assertThat(schedule.factor(9, 110)).isCloseTo(1, within(1e-12));
        assertThat(schedule.factor(10, 110)).isCloseTo(1, within(1e-12));
        assertThat(schedule.factor(60, 110)).isCloseTo(0.525, within(1e-12));
        assertThat(schedule.factor(110, 110)).isCloseTo(0.05, within(1e-12));
    }

    @Test
    void aConstantRateGoesLinearlyToZeroInTheSecondHalf() {
        LearningRateSchedule schedule = new LearningRateSchedule.ConstantThenLinear(4, 0.5);
        assertThat(schedule.factor(1, 100)).isCloseTo(0.5, within(1e-12));
        assertThat(schedule.factor(50, 100)).isCloseTo(1, within(1e-12));
        assertThat(schedule.factor(75, 100)).isCloseTo(0.5, within(1e-12));
        assertThat(schedule.factor(99, 100)).isCloseTo(0.02, within(1e-12));
    }

    @Test
    void gradientsAboveTheGreatestNormAreScaledDownToItTogether() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> gradients = new LinkedHashMap<>();
            gradients.put("a", manager.create(new float[] {3, 0}));
            gradients.put("b", manager.create(new float[] {0, 4}));
            double norm = Trainer.norm(manager, gradients);
            assertThat(norm).isCloseTo(5, within(1e-6));
            Trainer.clip(gradients, norm, 10);
            assertThat(gradients.get("a").toFloatArray()).containsExactly(3, 0);
            Trainer.clip(gradients, norm, 1);
            assertThat(gradients.get("a").toFloatArray()).containsExactly(new float[] {0.6f, 0}, within(1e-6f));
            assertThat(gradients.get("b").toFloatArray()).containsExactly(new float[] {0, 0.8f}, within(1e-6f));
        }
    }
}
