package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.CentralDifference;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GradientTest {
    private static final double STEP = 1e-5;

    /** Each model with less than a chunk, and with more than one and padding. */
    static Stream<Arguments> models() {
        return Stream.of(
                        Configurations.DELTA_RULE,
                        Configurations.HEDGEHOG,
                        Configurations.ELU,
                        Configurations.NORMED_LINEAR_ATTENTION,
                        Configurations.RETENTION,
                        Configurations.SUMMED_KEYS,
                        Configurations.STATE_SPACE,
                        Configurations.WINDOW,
                        Configurations.SOFTMAX,
                        Configurations.LINEAR_MOMENTUM,
                        Configurations.SOFTMAX_MOMENTUM)
                .flatMap(config -> IntStream.of(17, 41).mapToObj(longest -> Arguments.of(config, longest)));
    }

    /** Rows of {@code longest} and 9 positions. */
    private static TrainingBatch batch(JsonNode config, int longest) {
        RandomStream random = RandomStream.of(3);
        List<TokenSequence> rows = new ArrayList<>();
        for (int length : new int[] {longest, 9}) {
            List<TokenSequence> parts = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                boolean vector = config.path("input_size").asInt() > 0 && i % 2 == 0;
                parts.add(
                        vector
                                ? TokenSequence.ofVector(random.nextGaussians(3))
                                : TokenSequence.of(random.nextInt(11)));
            }
            rows.add(TokenSequence.concat(parts));
        }
        int last = longest - 1;
        return new TrainingBatch(rows, new int[][] {{0, 5, last / 2, last - 1, last}, {3, 8}}, new int[][] {
            {1, 2, 3, 4, 5}, {6, 7}
        });
    }

    /** A model type of each kind that no recipe trains yet, with more than a chunk and padding. */
    static Stream<Arguments> otherFamilies() {
        Set<String> trained = models().map(
                        given -> ((JsonNode) given.get()[0]).path("model_type").asText())
                .collect(Collectors.toSet());
        return Models.kinds(Families.modelTypes().stream())
                .filter(type -> !trained.contains(type))
                .map(type -> Arguments.of(Models.of(type, 16, 2).put("vocab_size", 11), 41));
    }

    @ParameterizedTest(name = "{1} positions of {0}")
    @MethodSource("otherFamilies")
    void theGradientsOfOtherFamiliesAreThoseOfCentralDifferences(JsonNode config, int longest) {
        try (LanguageModel model =
                LanguageModel.load(config, new RandomWeights(config, 5), DataType.FLOAT64, Device.cpu())) {
            assertGradients(model, batch(config, longest));
        }
    }

    /** Each model once, with the longer rows. */
    static Stream<Arguments> allModels() {
        return Stream.concat(models().filter(given -> given.get()[1].equals(41)), otherFamilies());
    }

    /** The tensors that the engine keeps for the backward pass, in memory that Java does not give to something else. */
    @ParameterizedTest(name = "{1} positions of {0}")
    @MethodSource("allModels")
    void aGarbageCollectionBeforeTheBackwardPassChangesNoGradient(JsonNode config, int longest) {
        try (LanguageModel model =
                LanguageModel.load(config, new RandomWeights(config, 5), DataType.FLOAT64, Device.cpu())) {
            TrainingBatch data = batch(config, longest);
            Map<String, double[]> undisturbed = gradients(model, data);
            Map<String, double[]> disturbed = gradients(model, data, GradientTest::reuseFreedMemory);
            undisturbed.forEach(
                    (name, gradient) -> assertThat(disturbed.get(name)).as(name).containsExactly(gradient));
        }
    }

    private static void reuseFreedMemory() {
        for (int i = 0; i < 2; i++) {
            System.gc();
            // Cleaners run on a thread of their own.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
        }
        List<ByteBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(8);
            buffer.putLong(0, -1);
            buffers.add(buffer);
        }
        assertThat(buffers).hasSize(5000);
    }

    private static double loss(LanguageModel model, TrainingBatch data) {
        try (NDManager scope = model.newBatch()) {
            NDArray logits = model.logitsAt(scope, data.rows(), data.positions());
            return Trainer.crossEntropy(logits, scope.create(data.flatTargets()))
                    .getDouble();
        }
    }

    private static Map<String, double[]> gradients(LanguageModel model, TrainingBatch data) {
        return gradients(model, data, () -> {});
    }

    private static Map<String, double[]> gradients(LanguageModel model, TrainingBatch data, Runnable between) {
        Map<String, double[]> gradients = new LinkedHashMap<>();
        try (NDManager scope = model.newBatch()) {
            LanguageModel leaves = model.differentiable(scope);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray logits = leaves.logitsAt(scope, data.rows(), data.positions());
                NDArray loss = Trainer.crossEntropy(logits, scope.create(data.flatTargets()));
                between.run();
                collector.backward(loss);
            }
            // A tensor that only the choice of experts depends on has zeros of float32.
            leaves.tensors()
                    .forEach((name, leaf) -> gradients.put(
                            name,
                            leaf.getGradient().toType(DataType.FLOAT64, false).toDoubleArray()));
        }
        return gradients;
    }

    @ParameterizedTest(name = "{1} positions of {0}")
    @MethodSource("models")
    void everyTensorsGradientIsThatOfCentralDifferences(JsonNode config, int longest) {
        InitialWeights initial = InitialWeights.of(config, 5);
        boolean hasBiases = config.path("model_type").asText().equals("linear_llama");
        try (LanguageModel model = LanguageModel.load(
                config, hasBiases ? initial.withBiases(config, 0.5) : initial, DataType.FLOAT64, Device.cpu())) {
            assertGradients(model, batch(config, longest));
        }
    }

    /** ⟨gradient, d⟩ of each tensor against (L(w + h d) − L(w − h d)) / 2h, for a random d of length 1. */
    private static void assertGradients(LanguageModel model, TrainingBatch data) {
        RandomStream random = RandomStream.of(9);
        gradients(model, data).forEach((name, gradient) -> {
            double[] direction = random.nextGaussians(gradient.length);
            double length = Math.sqrt(DoubleStream.of(direction).map(x -> x * x).sum());
            double derivative = 0;
            for (int i = 0; i < direction.length; i++) {
                direction[i] /= length;
                derivative += gradient[i] * direction[i];
            }
            double difference =
                    CentralDifference.along(model.tensors().get(name), direction, STEP, () -> loss(model, data));
            assertThat(derivative).as(name).isCloseTo(difference, within(1e-8 + 1e-5 * Math.abs(difference)));
        });
    }
}
