package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The deletion by {@code quickstart --fresh}. The sweep that would follow is refused by a setting of Spark, so that the
 * directory is as the deletion leaves it.
 */
@Tag("faults")
class QuickstartFreshTest {
    private static final String REFUSED = "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version";
    private static final String[] OWN = {
        "plan.json",
        "sweep.resolved.conf",
        "run-status.json",
        "manifests/000000.json",
        "trials/wave=000000/part.parquet",
        "lineage/20260329T003000.000Z-1-START.json"
    };
    private static final String[] OTHERS = {"notes.txt", "trials.csv", "figures/trials/one.svg"};

    @TempDir
    private Path directory;

    private Path output = Path.of("");

    @BeforeEach
    void aFinishedQuickstartAmongOtherFiles() throws IOException {
        output = directory.resolve("out");
        write(OWN);
        write(OTHERS);
        Path sweeps = Files.createDirectories(directory.resolve("conf/sweeps"));
        Files.writeString(sweeps.resolve("quickstart.conf"), """
                sweep {
                  name = "quickstart"
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 1, heads = 1, vocab = 64, seed = 1 } } ]
                  tasks = [ { name = random-tokens, context-tokens = 12, query-tokens = 2, vocabulary = 64 } ]
                  output = "unused"
                }
                """);
        System.setProperty(InputFiles.HOME, directory.toString());
        System.setProperty(REFUSED, "2");
    }

    @AfterEach
    void forgetTheSettings() {
        System.clearProperty(InputFiles.HOME);
        System.clearProperty(REFUSED);
    }

    @Test
    void nothingIsDeletedUnderALivingDriver() throws IOException {
        try (Lease driver = take("a driver at work")) {
            Map<String, String> before = files();
            assertThatThrownBy(this::fresh)
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("is held by a driver at work");
            assertThat(files()).isEqualTo(before).containsKeys(OWN);
            driver.requireHeld();
        }
    }

    @Test
    void theSweepsFilesAreDeletedTheOthersLeftAndTheLeaseGivenBack() throws Exception {
        assertThat(fresh()).isEqualTo(ExitCode.WRONG_INPUT.code());
        assertThat(files()).containsOnlyKeys(OTHERS);
        take("the next").close();
    }

    @Test
    void filesThatNoSweepHasWrittenAreLeft() throws Exception {
        Files.delete(output.resolve("plan.json"));
        Map<String, String> before = files();
        assertThat(fresh()).isEqualTo(ExitCode.WRONG_INPUT.code());
        assertThat(files()).as("without a plan the directory is no sweep's").isEqualTo(before);
    }

    private Integer fresh() throws Exception {
        QuickstartCommand command = new QuickstartCommand(output);
        new CommandLine(command).parseArgs("--fresh");
        return command.call();
    }

    private Lease take(String application) {
        return Lease.take(Storage.at(output.toString()), application, Lease.Terms.STANDARD, Clock.systemUTC());
    }

    private void write(String... names) throws IOException {
        for (String name : names) {
            Path file = output.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "{}");
        }
    }

    /** The contents of all files but a lease and its heartbeats. */
    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(output)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = output.relativize(file).toString();
                if (!name.contains("lease")) {
                    files.put(name, Files.readString(file));
                }
            }
        }
        return files;
    }
}
