package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.training.TrainingConfiguration.Examination;
import org.junit.jupiter.api.Test;

class TokenEpisodesTest {
    private static final TaskBlock RECALL =
            new TaskBlock("associative-recall", Map.of("keys", 6, "values", 5, "keys-in-use", 6));

    @Test
    void everyKeyIsAskedForTheValueBehindIt() {
        TrainingBatch batch = new TokenEpisodes(RECALL, 20, 3).source(7).batch(4);

        assertThat(batch.rows()).hasSize(3);
        assertThat(batch.tokens()).isEqualTo(3 * 40);
        for (int row = 0; row < 3; row++) {
            int[] tokens = batch.rows().get(row).ids();
            assertThat(batch.positions()[row])
                    .containsExactly(IntStream.range(0, 20).map(i -> 2 * i).toArray());
            Map<Integer, Integer> values = new HashMap<>();
            for (int i = 0; i < 20; i++) {
                assertThat(tokens[2 * i]).isBetween(0, 5);
                assertThat(tokens[2 * i + 1]).isBetween(6, 10).isEqualTo(batch.targets()[row][i]);
                assertThat(values.merge(tokens[2 * i], tokens[2 * i + 1], (first, again) -> first))
                        .isEqualTo(tokens[2 * i + 1]);
            }
        }
    }

    @Test
    void aBatchIsAFunctionOfSeedAndStep() {
        EpisodeSource source = new TokenEpisodes(RECALL, 20, 3).source(7);

        assertThat(source.batch(4).rows())
                .isEqualTo(new TokenEpisodes(RECALL, 20, 3).source(7).batch(4).rows())
                .isNotEqualTo(source.batch(5).rows())
                .isNotEqualTo(
                        new TokenEpisodes(RECALL, 20, 3).source(8).batch(4).rows());
    }

    @Test
    void aTaskOfVectorsIsRefused() {
        EpisodeSource vectors = new TokenEpisodes(new TaskBlock("gaussian-clusters", Map.of()), 4, 1).source(1);

        assertThatThrownBy(() -> vectors.batch(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Expected a task with tokens and answers to them, found Vector");
    }

    /**
     * From the starts that are declared for its training; from those of a random model it does not in as many steps.
     */
    @Test
    void aSmallRwkv7LearnsToRecall() {
        JsonNode config = Configurations.json("""
                {"model_type": "rwkv7", "vocab_size": 11, "hidden_size": 32, "num_hidden_layers": 2, "head_dim": 16,
                 "decay_low_rank_dim": 8, "gate_low_rank_dim": 8, "a_low_rank_dim": 8, "v_low_rank_dim": 8}""");
        try (LanguageModel model =
                        LanguageModel.load(config, InitialWeights.of(config, 1), DataType.FLOAT32, Device.cpu());
                Trainer trainer = new Trainer(
                        model,
                        Configurations.settings(1e-2),
                        new TokenEpisodes(RECALL, 12, 16).source(3),
                        400,
                        name -> false)) {
            while (trainer.step() < trainer.steps()) {
                trainer.next();
            }
            Examination examination = new Examination(List.of(1, 6, 12), 32, 8, List.of(5L), List.of(RECALL));
            FewShotEvaluation.Curve curve = new FewShotEvaluation(config, null, examination)
                    .curves(model)
                    .findFirst()
                    .orElseThrow();
            double[] byShots = curve.byShots().values().stream()
                    .mapToDouble(FewShotEvaluation.Accuracies::model)
                    .toArray();
            assertThat(byShots[0]).as(Arrays.toString(byShots)).isBetween(0.1, 0.5);
            assertThat(byShots[1]).as(Arrays.toString(byShots)).isGreaterThan(0.9);
        }
    }
}
