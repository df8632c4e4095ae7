package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.training.TrainingConfiguration.Examination;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class TrainerTest {
    private static final TrainingRun.Rhythm RHYTHM = new TrainingRun.Rhythm(5, 100, 0);
    private static final PrintStream QUIET = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);

    private static LanguageModel model(JsonNode config, long seed) {
        return LanguageModel.load(config, InitialWeights.of(config, seed), DataType.FLOAT32, Device.cpu());
    }

    private static Trainer trainer(LanguageModel model, EpisodeSource episodes, long steps) {
        return new Trainer(model, Configurations.settings(4e-3), episodes, steps, name -> false);
    }

    private static Map<String, float[]> weights(LanguageModel model) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        model.tensors().forEach((name, tensor) -> weights.put(name, tensor.toFloatArray()));
        return weights;
    }

    private static Map<String, float[]> trained(JsonNode config, EpisodeSource episodes, int steps, int of) {
        try (LanguageModel model = model(config, 1);
                Trainer trainer = trainer(model, episodes, of)) {
            for (int i = 0; i < steps; i++) {
                trainer.next();
            }
            return weights(model);
        }
    }

    private static void assertSameBits(Map<String, float[]> found, Map<String, float[]> expected) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        found.forEach((name, values) ->
                assertThat(Arrays.equals(values, expected.get(name))).as(name).isTrue());
    }

    @Test
    void theSameSeedGivesTheSameWeightsBitForBit() {
        EpisodeSource episodes = Configurations.clusters(8, 20, 3);
        assertSameBits(
                trained(Configurations.CLASSIFIER, episodes, 12, 12),
                trained(Configurations.CLASSIFIER, episodes, 12, 12));
        EpisodeSource tokens = new InductionEpisodes(11, 40, 4).source(3);
        assertSameBits(
                trained(Configurations.DELTA_RULE, tokens, 12, 12), trained(Configurations.DELTA_RULE, tokens, 12, 12));
    }

    /** Stops for good at some step, as a killed process does: nothing is saved after it. */
    private static EpisodeSource dyingAt(long step, EpisodeSource episodes) {
        return asked -> {
            if (asked == step) {
                throw new IllegalStateException("killed");
            }
            return episodes.batch(asked);
        };
    }

    @Test
    void aRunThatWasKilledAndResumedGivesTheSameWeightsBitForBit(@TempDir Path directory) {
        EpisodeSource episodes = new InductionEpisodes(11, 40, 4).source(3);
        try (LanguageModel model = model(Configurations.DELTA_RULE, 1);
                Trainer trainer = trainer(model, dyingAt(7, episodes), 12)) {
            TrainingRun run = new TrainingRun(trainer, directory, "a", RHYTHM, null, QUIET, TrainingLog.NONE);
            assertThatThrownBy(run::run).hasMessage("killed");
        }
        try (LanguageModel model = model(Configurations.DELTA_RULE, 2);
                Trainer trainer = trainer(model, episodes, 12)) {
            new TrainingRun(trainer, directory, "a", RHYTHM, null, QUIET, TrainingLog.NONE).run();
            assertSameBits(weights(model), trained(Configurations.DELTA_RULE, episodes, 12, 12));
        }
    }

    @Test
    void aStateOfAnotherConfigurationIsRefused(@TempDir Path directory) {
        EpisodeSource episodes = new InductionEpisodes(11, 20, 2).source(3);
        try (LanguageModel model = model(Configurations.DELTA_RULE, 1);
                Trainer trainer = trainer(model, episodes, 1)) {
            new TrainingRun(trainer, directory, "a", RHYTHM, null, QUIET, TrainingLog.NONE).run();
            TrainingRun other = new TrainingRun(trainer, directory, "b", RHYTHM, null, QUIET, TrainingLog.NONE);
            assertThatThrownBy(other::run)
                    .isInstanceOf(TrainingException.class)
                    .hasMessageContaining("a run of this configuration");
        }
    }

    @Test
    void theWeightsOfTheBestValidationAreExportedWithTheLog(@TempDir Path directory) throws Exception {
        Map<Long, Map<String, float[]>> seen = new LinkedHashMap<>();
        Path work = directory.resolve("work");
        try (LanguageModel model = model(Configurations.DELTA_RULE, 1);
                Trainer trainer = trainer(model, new InductionEpisodes(11, 20, 2).source(3), 6)) {
            TrainingRun.Validation second = now -> {
                seen.put(trainer.step(), weights(now));
                return trainer.step() == 4 ? 1 : 0.5;
            };
            TrainingRun.Rhythm everySecond = new TrainingRun.Rhythm(2, 2, 0);
            new TrainingRun(trainer, work, "a", everySecond, second, QUIET, TrainingLog.NONE).run();
        }
        Path target = directory.resolve("model");
        TrainingRun.export(work, target, (ObjectNode) Configurations.DELTA_RULE, List.of());
        try (LanguageModel exported = LanguageModel.load(
                Checkpoint.open(target).config(), Checkpoint.open(target), DataType.FLOAT32, Device.cpu())) {
            assertSameBits(weights(exported), seen.get(4L));
        }
        assertThat(Files.readAllLines(target.resolve("training.jsonl"))).hasSize(6);
    }

    @Test
    void frozenTensorsStayAndTrainableBiasesMove() {
        JsonNode config = Configurations.CLASSIFIER;
        try (LanguageModel model = LanguageModel.load(
                        config, InitialWeights.of(config, 1).withBiases(config, 0.05), DataType.FLOAT32, Device.cpu());
                Trainer trainer = new Trainer(
                        model,
                        Configurations.settings(4e-3),
                        Configurations.clusters(4, 8, 3),
                        5,
                        name -> name.contains("q_proj"))) {
            Map<String, float[]> before = weights(model);
            for (int i = 0; i < 5; i++) {
                trainer.next();
            }
            Map<String, float[]> after = weights(model);
            assertThat(after.get("model.layers.0.self_attn.q_proj.weight"))
                    .containsExactly(before.get("model.layers.0.self_attn.q_proj.weight"));
            for (String bias : List.of("b_kv", "b_d")) {
                String name = "model.layers.1.self_attn." + bias;
                assertThat(Arrays.equals(after.get(name), before.get(name)))
                        .as(name)
                        .isFalse();
            }
        }
    }

    /**
     * A short convolution's rows, or a cache's slots, are a part of the state that a context leaves, and no weights.
     */
    @ParameterizedTest(name = "configuration {index}")
    @FieldSource("WITH_ROWS")
    void whatIsNoSumOverTokensIsThereBesideTrainableBiasesAndStays(JsonNode config) {
        InitialWeights start = InitialWeights.of(config, 1).withBiases(config, 0.05);
        try (LanguageModel model = LanguageModel.load(config, start, DataType.FLOAT32, Device.cpu());
                Trainer trainer = new Trainer(model, Configurations.settings(4e-3), tokens(config), 2, name -> false)) {
            Map<String, float[]> before = weights(model);
            trainer.next();
            Map<String, float[]> after = weights(model);
            model.layout()
                    .state()
                    .names(entry -> entry.tensor().presence() == Presence.ALWAYS)
                    .forEach(name -> {
                        boolean trained =
                                model.layout().state().entry(name).tensor().isTrainable();
                        assertThat(Arrays.equals(after.get(name), before.get(name)))
                                .as(name)
                                .isEqualTo(!trained);
                    });
        }
    }

    static final List<JsonNode> WITH_ROWS = List.of(Configurations.DELTA_RULE, Configurations.SOFTMAX_MOMENTUM);

    /** Random rows of tokens, each position of which is asked for the next token. */
    private static EpisodeSource tokens(JsonNode config) {
        int vocabulary = config.path("vocab_size").asInt();
        return step -> {
            RandomStream random = RandomStream.of(step);
            int[] ids =
                    IntStream.range(0, 12).map(i -> random.nextInt(vocabulary)).toArray();
            return new TrainingBatch(
                    List.of(TokenSequence.of(Arrays.copyOf(ids, 11))),
                    new int[][] {{3, 10}},
                    new int[][] {{ids[4], ids[11]}});
        };
    }

    @Test
    void aSmallClassifierLearnsInContext() {
        assertLearns(8, 200, 0.5);
    }

    @Tag("soak")
    @Test
    void aSmallClassifierThatIsTrainedForLongerComesNearTheBaselines() {
        assertLearns(16, 500, 0.8);
    }

    /**
     * From 16 shots at least {@code least} of the labels are right after the training, from none as many as by chance.
     */
    private static void assertLearns(int batch, int steps, double least) {
        JsonNode config = Configurations.CLASSIFIER;
        try (LanguageModel model = model(config, 1);
                Trainer trainer = trainer(model, Configurations.clusters(batch, 20, 11), steps)) {
            while (trainer.step() < trainer.steps()) {
                trainer.next();
            }
            TaskBlock clusters = new TaskBlock("gaussian-clusters", Map.of());
            FewShotEvaluation.Curve curve = new FewShotEvaluation(
                            config, null, new Examination(List.of(0, 1, 16), 64, 8, List.of(5L), List.of(clusters)))
                    .curves(model)
                    .findFirst()
                    .orElseThrow();
            assertThat(curve.byShots().get(0).model()).isBetween(0.15, 0.35);
            assertThat(curve.byShots().get(16).model()).isGreaterThan(least);
            assertThat(curve.byShots().get(16).nearestCentroid()).isGreaterThan(0.85);
            assertThat(curve.byShots().get(16).ridge()).isGreaterThan(0.75);
        }
    }
}
