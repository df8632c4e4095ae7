package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fuzz.Fuzz;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations that are damaged or hostile: a sweep, or a {@link InputException}, and nothing else. */
@Tag("faults")
class ConfigurationFuzzTest {
    private static final String SOUND = """
            # a comment
            sweep {
              name = "fuzz"
              models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 64, seed = 1,
                                    input_size = 8, icl_labels = [1, 2, 3, 4] }
                           dtypes = [float32, float64] } ]
              tasks = [ { name = gaussian-clusters }, { name = linear-classification, dimension = 4 } ]
              demonstrations { shots = [0, 1, 2], sets-per-task = 10, seed = 7, order = sampled }
              evaluation { queries-per-set = 4, audit { fraction = 0.01 } }
              execution = { batch-tokens: 16384, strict = false } // another
              output = ${sweep.name}"/out"
            }
            """;
    private static final long MOST_BYTES = 64 << 20;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 1)
    void sweepsAreReadOrTheirFaultsAreNamed(long seed) {
        new Fuzz("{}[]\",:=\\#/$?+\n0123456789eE.- ", InputException.class, MOST_BYTES)
                .everyInputIsReadOrRefused(seed, Fuzz.INPUTS, List.of(bytes(SOUND)), this::read);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 2)
    void trainingsAreReadOrTheirFaultsAreNamed(long seed) throws IOException {
        byte[] sound = Files.readAllBytes(Path.of("..", "conf", "training", "clusters-icl.conf"));
        Path file = directory.resolve("training.conf");
        new Fuzz("{}[]\",:=\\#/$?+\n0123456789eE.- ", InputException.class, MOST_BYTES)
                .everyInputIsReadOrRefused(seed, Fuzz.INPUTS, List.of(sound), input -> {
                    write(file, input);
                    TrainingConfigurationReader.read(file, List.of());
                });
    }

    @Test
    void whatIsNotUtf8IsRefusedWithItsLine() {
        byte[] text = bytes(SOUND);
        text[SOUND.indexOf("fuzz")] = (byte) 0xE9;
        assertRefused(text, ":3: ", "UTF-8");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ' ',
            value = {"[ ]", "{a= }", "${sweep. }"})
    void deepNestingIsRefusedWithoutAStackOverflow(String open, String close) {
        assertRefused(bytes("sweep { x = " + open.repeat(10_000) + close.repeat(10_000) + " }"), "sweep.conf");
    }

    @Test
    void aLineOfTenMebibytesIsRefusedBeforeItIsParsed() {
        assertRefused(bytes("sweep { name = \"" + "x".repeat(10 << 20) + "\" }"), "found 10485", "at most 1048576");
    }

    @Test
    void aLongLineIsReadAndTheFaultsBesideItAreNamed() {
        assertRefused(bytes("sweep { name = \"" + "x".repeat(900_000) + "\" }"), "sweep.models: expected a list");
    }

    /** Each line doubles the one before it. It takes a gibibyte until that is noticed, which other tests may need. */
    @Test
    @Tag("soak")
    void textThatDoublesWithEachLineIsRefused() {
        StringBuilder laughs = new StringBuilder("x0 = ha\n");
        for (int i = 1; i <= 40; i++) {
            laughs.append("x%d = ${x%d}${x%d}%n".formatted(i, i - 1, i - 1));
        }
        assertRefused(bytes(laughs + "sweep { name = ${x40} }"), "sweep.conf");
    }

    private void assertRefused(byte[] text, String... says) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(InputException.class).hasMessageContainingAll(says);
    }

    private void read(byte[] text) throws IOException {
        Path file = directory.resolve("sweep.conf");
        write(file, text);
        Experiments.read(file, List.of());
    }

    /** Anew each time: ext4 flushes a file that is cut and written again. */
    private static void write(Path file, byte[] content) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, content);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
