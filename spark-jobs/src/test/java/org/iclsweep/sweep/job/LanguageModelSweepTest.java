package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Language models with and without momentum, as a sweep: two of a few steps. */
class LanguageModelSweepTest {
    private static final String WORDS = "the cat saw a dog and the dog saw a cat on the mat . ";

    @TempDir
    private Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void writeConfiguration() throws IOException {
        Files.writeString(directory.resolve("trained.txt"), WORDS.repeat(10));
        Files.writeString(directory.resolve("held-out.txt"), WORDS.repeat(4));
        file = Files.writeString(directory.resolve("momentum.conf"), """
                sweep {
                  name = momentum, kind = training, seeds = [3], output = unused
                  variants = [ { name = plain }, { name = "0.5", model { value_momentum = 0.5 } } ]
                }
                training {
                  name = bytes, output = unused, steps = 20, log-every = 10
                  model {
                    model_type = llama, tokenizer = bytes, vocab_size = 256, hidden_size = 16, num_hidden_layers = 1
                    num_attention_heads = 1, intermediate_size = 16
                  }
                  optimizer { learning-rate = 1e-2, warmup = 5 }
                  episodes { kind = running-text, batch = 4, length = 32
                    sources = [ { form = wikitext, file = "%1$s/trained.txt" } ] }
                  held-out { tokens = 64, windows = [8, 32], repeated = [16]
                    sources = [ { form = wikitext, file = "%1$s/held-out.txt" } ] }
                }
                """.formatted(directory));
    }

    private Path run(String output, String... settings) {
        Path out = directory.resolve(output);
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("sweep.output=\"" + out + "\"");
        SweepRun.run(LocalSpark.session(), Experiments.read(file, all), StopSignal.never());
        return out.resolve("training_curve");
    }

    /** Some columns of some rows, as text. */
    private static List<String> rows(Path table, String where, String... columns) {
        return LocalSpark.session()
                .read()
                .parquet(table.toString())
                .filter(where)
                .selectExpr(columns)
                .collectAsList()
                .stream()
                .map(Row::toString)
                .sorted()
                .toList();
    }

    @Test
    void everyVariantHasItsCurveAndItsPerplexitiesByLength() {
        Path table = run("out");
        assertThat(rows(table, "evaluation IS NULL AND loss > 0", "variant", "step"))
                .containsExactly("[0.5,10]", "[0.5,20]", "[plain,10]", "[plain,20]");
        String learnt = "step = 20 AND evaluation_loss BETWEEN 0.1 AND ln(256) - 1 AND evaluation_accuracy > 0.1";
        assertThat(rows(table, learnt, "variant", "evaluation", "context"))
                .containsExactly(
                        "[0.5,repeated,16]",
                        "[0.5,windows,32]",
                        "[0.5,windows,8]",
                        "[plain,repeated,16]",
                        "[plain,windows,32]",
                        "[plain,windows,8]");
        assertThat(rows(table, "evaluation = 'windows'", "evaluation_loss")).doesNotHaveDuplicates();
    }

    @Test
    void anotherHeldOutTextChangesWhatIsToldOfItAndNothingThatIsTrained() throws IOException {
        String plainOnly = "sweep.variants=[{ name = plain }]";
        String[] all = {"step", "loss", "accuracy", "gradient_norm", "evaluation", "evaluation_loss"};
        Path one = run("one", plainOnly);
        Files.writeString(directory.resolve("held-out.txt"), "XYZ QQ WW KK JJ VV . ".repeat(10));
        Path other = run("other", plainOnly);
        assertThat(rows(other, "evaluation IS NULL", all)).hasSize(2).isEqualTo(rows(one, "evaluation IS NULL", all));
        assertThat(rows(other, "evaluation IS NOT NULL", all))
                .hasSize(3)
                .doesNotContainAnyElementsOf(rows(one, "evaluation IS NOT NULL", all));
    }
}
