package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The words and exit codes of the commands about a finished sweep of 48 trials whose files were damaged afterwards. */
@Tag("faults")
class DamagedSweepTest {
    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=2"};
    private static final String ROWS = "SELECT * EXCLUDE (run, wave_index) FROM trials ORDER BY trial_id";

    @TempDir
    private static Path elsewhere;

    private static Path sound = Path.of("");

    @TempDir
    private Path directory;

    private record Said(int exit, String text) {}

    @BeforeAll
    static void aFinishedSweep() throws IOException {
        sound = Sweeps.run(elsewhere, ArithmeticRunners.SOUND, SMALL);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "cut, ' bytes, found 100'",
        "emptied, ' bytes, found 0'",
        "deleted, ' bytes, found no such file'",
        "directory deleted, ' bytes, found no such file'"
    })
    void aDamagedFileIsNamedAndItsWaveIsRunAgain(String damage, String found) throws IOException {
        Path output = copy();
        Path file = files(output.resolve("trials/wave=000001")).get(0);
        switch (damage) {
            case "cut" -> Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
            case "emptied" -> Files.write(file, new byte[0]);
            case "deleted" -> Files.delete(file);
            default -> FileUtils.deleteDirectory(file.getParent().toFile());
        }
        String named = output.relativize(file) + ": expected ";
        Said status = say("status", output.toString());
        assertThat(status.exit()).isEqualTo(1);
        assertThat(status.text()).contains("damage  " + named, found, "trials  36 done, 0 of them failed, 12 left");
        assertThat(say("status", "--exit-code", output.toString()).exit()).isEqualTo(1);
        assertThat(say("query", output.toString(), ROWS)).satisfies(query -> {
            assertThat(query.exit()).isEqualTo(2);
            assertThat(query.text()).contains(named, "run the sweep again");
        });

        Said run = run(output, ArithmeticRunners.SOUND);
        assertThat(run.text()).contains(named, found, "trials 12 to 23 are run again");
        assertWhole(output);
    }

    @Test
    void whatIsBesideTheManifestsIsNamedAndNotCounted() throws IOException {
        Path output = copy();
        Path file = files(output.resolve("trials/wave=000000")).get(0);
        Files.copy(file, file.resolveSibling("part-added.parquet"));
        FileUtils.copyDirectory(
                file.getParent().toFile(),
                output.resolve("trials/wave=000003.bad").toFile());
        FileUtils.copyDirectory(
                file.getParent().toFile(), output.resolve("trials/wave=000099").toFile());

        List<String> strays =
                List.of("trials/wave=000000/part-added.parquet", "trials/wave=000003.bad", "trials/wave=000099");
        Said status = say("status", "--check", output.toString());
        assertThat(status.exit()).isZero();
        assertThat(status.text()).contains("trials  48 done");
        assertThat(strays).allSatisfy(stray -> assertThat(status.text()).contains("beside  " + stray + ": "));
        Said run = run(output, ArithmeticRunners.SOUND.withDiskFull(0L));
        assertThat(strays).allSatisfy(stray -> assertThat(run.text()).contains(stray + ": expected nothing here"));
        assertWhole(output);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"cut", "deleted"})
    void aManifestThatIsDamagedIsMadeAgainFromTheRows(String damage) throws IOException {
        Path output = copy();
        Path manifest = output.resolve("manifests/000001.json");
        if (damage.equals("cut")) {
            Files.writeString(manifest, "{\n");
            assertThat(say("status", output.toString()).text())
                    .contains("damage  manifests/000001.json: expected the manifest of a wave");
        } else {
            Files.delete(manifest);
            assertThat(say("status", output.toString()).text())
                    .contains("36 done", "12 left", "beside  trials/wave=000001: in no manifest");
        }
        assertThat(say("status", "--exit-code", output.toString()).exit()).isEqualTo(1);
        run(output, ArithmeticRunners.SOUND.withDiskFull(0L));
        assertWhole(output);
    }

    private static void assertWhole(Path output) {
        Said status = say("status", "--check", output.toString());
        assertThat(status.text()).contains("trials  48 done, 0 of them failed, 0 left", "all read");
        assertThat(status.exit()).isZero();
        assertThat(say("status", "--exit-code", output.toString()).exit()).isZero();
        assertThat(say("query", output.toString(), ROWS)).isEqualTo(say("query", sound.toString(), ROWS));
    }

    private Path copy() throws IOException {
        Path output = directory.resolve("out");
        FileUtils.copyDirectory(sound.toFile(), output.toFile());
        return output;
    }

    private Said run(Path output, ArithmeticRunners runners) {
        String[] settings = Stream.concat(Stream.of(SMALL), Stream.of("sweep.output=" + output))
                .toArray(String[]::new);
        return said(() -> {
            try {
                Sweeps.run(directory, runners, settings);
                return 0;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static List<Path> files(Path wave) throws IOException {
        try (Stream<Path> listed = Files.list(wave)) {
            return listed.filter(file -> file.toString().endsWith(".parquet")).toList();
        }
    }

    private static Said say(String... arguments) {
        return said(() -> Main.commandLine().execute(arguments));
    }

    /** The exit code of a command, and its words on both streams. */
    private static Said said(Supplier<Integer> command) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            System.setOut(both);
            System.setErr(both);
            return new Said(command.get(), said.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
