package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.model.training.InductionEpisodes;
import org.iclsweep.model.training.LearningRateSchedule;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.model.training.TextEpisodes;
import org.iclsweep.model.training.TextSource;
import org.iclsweep.model.training.TrainingConfiguration;
import org.iclsweep.model.training.VectorEpisodes;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingConfigurationTest {
    private static final Path SHIPPED = Path.of("../conf/training");
    private static final Path DATA = Path.of("../../shared/data");

    private static TrainingConfiguration read(Path file, Map<String, String> variables, String... settings) {
        return resolved(file, variables, settings).configuration();
    }

    private static ResolvedTraining resolved(Path file, Map<String, String> variables, String... settings) {
        return TrainingConfigurationReader.read(
                file, List.of(settings), Environment.of(variables, new InputFiles(List.of(Path.of("")))));
    }

    @Test
    void theInductionHeadIsTrainedOnRandomTokens() {
        TrainingConfiguration induction = read(SHIPPED.resolve("induction.conf"), Map.of());

        assertThat(induction.episodes()).isEqualTo(new InductionEpisodes(45, 64, 16));
        assertThat(induction.model().path("feature_map").asText()).isEqualTo("identity");
        assertThat(induction.optimizer().schedule()).isEqualTo(new LearningRateSchedule.WarmupCosine(100, 0.05));
        assertThat(induction.biases()).isNull();
        assertThat(induction.validation().tasks()).isEmpty();
    }

    @Test
    void theClassifierOfClustersIsTrainedOnVectors() {
        TrainingConfiguration clusters = read(SHIPPED.resolve("clusters-icl.conf"), Map.of(), "training.steps=7");

        assertThat(clusters.steps()).isEqualTo(7);
        assertThat(clusters.episodes()).isInstanceOf(VectorEpisodes.class);
        assertThat(clusters.evaluation().shots()).containsExactly(0, 1, 2, 4, 8, 16, 32);
    }

    @Test
    void theTextModelNeverReadsWhatItIsEvaluatedOn() {
        Assumptions.assumeTrue(Files.isDirectory(DATA), "the public data sets are not here");
        ResolvedTraining resolved =
                resolved(SHIPPED.resolve("text-icl.conf"), Map.of("ICL_SWEEP_DATA", DATA.toString()));
        TrainingConfiguration text = resolved.configuration();

        List<TextSource> sources = ((TextEpisodes) text.episodes()).sources();
        assertThat(sources)
                .noneMatch(source ->
                        source.file().toString().matches(".*(sst|mr_|subj|agnews|cb_|_test|_dev|_val\\.).*json.*"));
        for (TaskBlock task : text.evaluation().tasks().subList(0, 2)) {
            List<?> heldOut = (List<?>) task.parameters().get("classes");
            String set = task.name().replace("-held-out", "");
            TextSource.Labelled source = sources.stream()
                    .filter(candidate -> candidate instanceof TextSource.Labelled rows
                            && rows.name().equals(set))
                    .map(TextSource.Labelled.class::cast)
                    .findFirst()
                    .orElseThrow();
            assertThat(source.without())
                    .containsAll(heldOut.stream().map(String::valueOf).toList());
        }
        assertThat(resolved.text()).contains("${data}").doesNotContain(DATA.toString());
    }

    @Test
    void everyFaultIsInOneMessage(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("bad.conf"), """
                training {
                  name = bad
                  output = out/bad
                  model { model_type = linear_llama, vocab_size = 5, hidden_size = 8, num_hidden_layers = 1 }
                  optimizer { learning-rate = fast, momentum = 1 }
                  episodes { kind = texts, sources = [ { form = labelled, name = x, file = nowhere.jsonl } ] }
                }
                """);

        assertThatThrownBy(() -> read(file, Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("training.steps")
                .hasMessageContaining("num_attention_heads: expected a whole number of at least 1, found nothing")
                .hasMessageContaining("training.optimizer.momentum")
                .hasMessageContaining("bad.conf:5")
                .hasMessageContaining("nowhere.jsonl");
    }
}
