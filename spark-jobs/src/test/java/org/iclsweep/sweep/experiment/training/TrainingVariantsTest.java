package org.iclsweep.sweep.experiment.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.training.TrainingConfiguration;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingVariantsTest {
    @TempDir
    private Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void writeConfiguration() throws IOException {
        file = Files.writeString(directory.resolve("variants.conf"), """
                sweep {
                  name = variants, kind = training, seeds = [3, 4], output = out
                  variants = [
                    { name = plain }
                    { name = half, model { value_momentum = 0.5 }, steps = 7 }
                    { name = biased, biases { normaliser = 2 } }
                  ]
                }
                training {
                  name = induction, output = unused
                  model {
                    model_type = linear_llama, vocab_size = 11, hidden_size = 8, num_hidden_layers = 1
                    num_attention_heads = 1, intermediate_size = 8
                  }
                  steps = 6
                  episodes { kind = random-tokens, vocabulary = 11, length = 20 }
                }
                """);
    }

    private SweepPlan<TrainingSpecification, TrainingTrial> sweep(String... settings) {
        return SweepFiles.read(file, List.of(settings));
    }

    private List<TrainingTrial> trials() {
        SweepPlan<TrainingSpecification, TrainingTrial> plan = sweep();
        return LongStream.range(0, plan.size()).mapToObj(plan::trial).toList();
    }

    private TrainingConfiguration configuration(TrainingTrial trial) {
        return trial.variant().training().with(trial.seed(), directory).configuration();
    }

    @Test
    void everyVariantIsTrainedWithEverySeed() {
        assertThat(trials().stream()
                        .map(trial -> trial.seed() + " " + trial.variant().name()))
                .containsExactly("3 plain", "3 half", "3 biased", "4 plain", "4 half", "4 biased");
        assertThat(trials()).allMatch(trial -> configuration(trial).seed() == trial.seed());
    }

    @Test
    void aVariantChangesWhatItNamesAndNothingElse() {
        TrainingConfiguration plain = configuration(trials().get(0));
        TrainingConfiguration half = configuration(trials().get(1));
        assertThat(plain.model().has("value_momentum")).isFalse();
        assertThat(half.model().path("value_momentum").asDouble()).isEqualTo(0.5);
        assertThat(plain.model().deepCopy().put("value_momentum", 0.5)).isEqualTo(half.model());
        assertThat(half.steps()).isEqualTo(7);
        assertThat(plain.steps()).isEqualTo(6);
        assertThat(half.episodes()).isEqualTo(plain.episodes());
        assertThat(half.name()).isEqualTo(plain.name());
    }

    @Test
    void theBiasesOfAVariantAreWhatItsRowsSay() {
        assertThat(trials().get(0).variant().biasStart()).isNull();
        assertThat(trials().get(2).variant().biasStart()).isEqualTo(2.0);
        assertThat(configuration(trials().get(2)).biases()).isEqualTo(new TrainingConfiguration.Biases(2.0));
    }

    @Test
    void aVariantIsPartOfThePlansIdentityAndNoneLeavesItAsItWas() throws IOException {
        String changed = "sweep.variants=[{ name = plain }, { name = half, model { value_momentum = 0.4 } }]";
        String same = "sweep.variants=[{ name = plain }, { name = half, model { value_momentum = 0.5 } }]";
        assertThat(sweep(changed).digest()).isNotEqualTo(sweep(same).digest());
        String text = Files.readString(file);
        String head = text.substring(0, text.indexOf("variants = ["));
        Path plain = Files.writeString(
                directory.resolve("plain.conf"), head + "}\n" + text.substring(text.indexOf("training {")));
        SweepPlan<TrainingSpecification, TrainingTrial> without = SweepFiles.read(plain, List.of());
        assertThat(without.sweep().identity())
                .containsOnlyKeys("sweep.bias-starts", "sweep.kind", "sweep.name", "sweep.seeds", "training");
        assertThat(LongStream.range(0, without.size()).mapToObj(without::trial))
                .extracting(trial -> trial.variant().biasStart())
                .containsExactly(null, 0.0, null, 0.0);
    }

    /** Model types share few fields, so that what variants of several have in common is no model yet. */
    @Test
    void variantsBringWhatTheTrainingLacks() throws IOException {
        String text = Files.readString(file);
        String fields = "num_attention_heads = 1, intermediate_size = 8";
        Path types = Files.writeString(
                directory.resolve("types.conf"),
                text.replace("model_type = linear_llama, ", "")
                        .replace(fields, "")
                        .replace(
                                "{ name = plain }",
                                "{ name = linear, model { model_type = linear_llama, %s } }".formatted(fields))
                        .replace(
                                "model { value_momentum = 0.5 }",
                                "model { model_type = gated_deltanet, num_heads = 2, head_dim = 4 }")
                        .replace("{ name = biased, biases { normaliser = 2 } }", ""));
        SweepPlan<TrainingSpecification, TrainingTrial> plan = SweepFiles.read(types, List.of());
        assertThat(LongStream.range(0, plan.size())
                        .mapToObj(index -> configuration(plan.trial(index))
                                .model()
                                .path("model_type")
                                .asText()))
                .containsExactly("linear_llama", "gated_deltanet", "linear_llama", "gated_deltanet");
        assertThat(plan.sweep().specification().model()).isEqualTo("induction");
        assertThat(plan.sweep().identity())
                .containsKeys("sweep.variants[0]", "sweep.variants[1]")
                .doesNotContainKey("training");

        String left = "sweep.variants=[{ name = linear, model { model_type = linear_llama, %s } }, { name = half }]"
                .formatted(fields);
        assertThatThrownBy(() -> SweepFiles.read(types, List.of(left)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("1 fault")
                .hasMessageContaining("training.model.model_type: expected one of");
    }

    @Test
    void everyFaultOfEveryVariantIsInOneMessageWithItsPlace() throws IOException {
        Path bad = Files.writeString(
                directory.resolve("bad.conf"),
                Files.readString(file)
                        .replace("{ name = plain }", "{ name = half, seed = 9 }")
                        .replace("value_momentum = 0.5", "value_momentum = 1.5")
                        .replace("biases { normaliser = 2 }", "modle { a = 1 }")
                        .replace("output = out", "output = out, bias-starts = [0]"));
        assertThatThrownBy(() -> SweepFiles.read(bad, List.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("sweep.bias-starts: expected either bias-starts or variants, found both");
        assertThatThrownBy(() -> SweepFiles.read(
                        Files.writeString(bad, Files.readString(bad).replace(", bias-starts = [0]", "")), List.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("4 faults")
                .hasMessageContaining("bad.conf:4: sweep.variants[0].seed: expected no seed here")
                .hasMessageContaining(
                        "bad.conf:5: sweep.variants[1].name: expected names that differ, found \"half\" twice")
                .hasMessageContaining("sweep.variants[1].model")
                .hasMessageContaining("1.5")
                .hasMessageContaining("bad.conf:6: sweep.variants[2].modle: expected one of the keys name, output");
    }

    @Test
    void aVariantWithoutANameIsRefused() {
        assertThatThrownBy(() -> sweep("sweep.variants=[{ steps = 3 }]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("sweep.variants[0].name: expected text, found nothing");
    }
}
