package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.training.TextSource;
import org.iclsweep.model.training.TextWindows;
import org.iclsweep.model.training.TrainingConfiguration;
import org.iclsweep.model.training.TrainingConfiguration.HeldOut;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunningTextConfigurationTest {
    @TempDir
    private Path directory;

    private Path file = Path.of("");
    private Path trained = Path.of("");
    private Path heldOut = Path.of("");

    @BeforeEach
    void writeConfiguration() throws IOException {
        trained = Files.writeString(directory.resolve("trained.txt"), "a b c d e .");
        heldOut = Files.writeString(directory.resolve("held-out.txt"), "f g h i j .");
        file = Files.writeString(directory.resolve("text.conf"), """
                training {
                  name = bytes, output = unused, steps = 6
                  model {
                    model_type = llama, tokenizer = bytes, vocab_size = 256, hidden_size = 8, num_hidden_layers = 1
                    num_attention_heads = 1, intermediate_size = 8
                  }
                  episodes { kind = running-text, batch = 3, length = 20, sources = [ { form = wikitext, file = "%s" } ] }
                  held-out {
                    sources = [ { form = speeches, file = "%s" } ], tokens = 64, windows = [16, 32], repeated = [8]
                  }
                }
                """.formatted(trained, heldOut));
    }

    private TrainingConfiguration read(String... settings) {
        return TrainingConfigurationReader.read(file, List.of(settings)).configuration();
    }

    @Test
    void aRunningTextIsReadInWindowsAndAnotherIsHeldOut() {
        assertThat(read().episodes())
                .isEqualTo(new TextWindows(List.of(new TextSource.WikiText(trained.toFile())), 20, 3));
        assertThat(read().heldOut())
                .isEqualTo(new HeldOut(
                        List.of(new TextSource.Speeches(heldOut.toFile())), 64, List.of(16, 32), List.of(8)));
        assertThat(read().isEvaluated()).isTrue();
    }

    @Test
    void withoutATextThatIsHeldOutNothingIsToldOfOne() throws IOException {
        Files.writeString(file, Files.readString(file).replaceAll("(?s)held-out \\{.*?\\}.*?\\}", ""));
        assertThat(read().heldOut().sources()).isEmpty();
        assertThat(read().isEvaluated()).isFalse();
    }

    @Test
    void aTextThatIsTrainedOnIsNotHeldOut() {
        assertThatThrownBy(() -> read("training.held-out.sources=[{ form = wikitext, file = \"" + trained + "\" }]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("training.held-out.sources: ")
                .hasMessageContaining("expected files that are not trained on, found " + trained);
        String sameByAnotherName = directory.resolve("x/../trained.txt").toString();
        assertThatThrownBy(() ->
                        read("training.held-out.sources=[{ form = wikitext, file = \"" + sameByAnotherName + "\" }]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected files that are not trained on, found " + trained);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "training.held-out.windows=[16, 24] | training.held-out.windows: expected divisors of tokens = 64, found 24",
                "training.held-out.repeated=[5] | training.held-out.repeated: expected divisors of tokens = 64, found 5",
                "training.model.vocab_size=255 | training.model: expected tokenizer = bytes and vocab_size of at least 256",
                "training.model.tokenizer=words | training.model: expected tokenizer = bytes and vocab_size of at least 256",
                "training.episodes.kind=random-tokens | training.episodes.sources: expected one of the keys vocabulary, length, batch",
                "training.episodes.sources=[] | training.episodes.sources: expected a list with at least one element",
                "training.held-out.windws=[16] | training.held-out.windws: expected one of the keys sources, tokens, windows, repeated, found the unknown key windws; write windows"
            })
    void whatCannotBeIsRefused(String setting, String message) {
        assertThatThrownBy(() -> read(setting))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void textsWithLabelsAreNoRunningText() {
        String setting = "training.episodes.sources=[{ form = labelled, name = x, file = \"" + trained + "\" }]";
        assertThatThrownBy(() -> read(setting))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "training.episodes.sources[0].form: expected one of speeches, wikitext, found \"labelled\"");
    }
}
