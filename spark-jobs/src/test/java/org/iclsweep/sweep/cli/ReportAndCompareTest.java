package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code report} and {@code compare} on a sweep of 48 trials, one of which failed. */
class ReportAndCompareTest {
    @TempDir
    private static Path directory;

    private static Path sweep = Path.of("");

    @BeforeAll
    static void aFinishedSweep() throws IOException {
        sweep = Sweeps.run(
                directory,
                ArithmeticRunners.SOUND.withFailing(3L),
                "sweep.demonstrations.sets-per-task=2",
                "sweep.execution.max-failed-fraction=1");
    }

    @Test
    void reportWritesOnePageIntoTheSweepsDirectory() throws IOException {
        Commands.Said said = Commands.say("report", sweep);
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out()).contains("report.html");
        assertThat(Files.readString(sweep.resolve("report.html")))
                .contains("<!DOCTYPE html>", "1 of 48 trials failed", "verify --trial", "id=\"exactness\"");
        assertThat(Commands.say("status", "--check", sweep).out())
                .contains("all read")
                .doesNotContain("report.html");
    }

    /** Two sweeps of one name are two sweeps. */
    @Test
    void reportOfSeveralSweepsTellsThemByTheirDirectories() throws IOException {
        Path copy = directory.resolve("it's a copy");
        try (Stream<Path> files = Files.walk(sweep)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(sweep.relativize(file).toString()));
            }
        }
        Path page = directory.resolve("two.html");
        Commands.Said said = Commands.say("report", sweep, copy, "--output", page);
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(Files.readString(page))
                .contains(">sweep</th>", ">" + sweep + "</td>", ">" + directory + "/it&#39;s a copy</td>")
                .contains("over 94 conversions.", "it&#39;\\&#39;&#39;s a copy/sweep.resolved.conf&#39; --set");
    }

    @Test
    void aSweepComparedWithItselfHasNoDifference() throws IOException {
        Path page = directory.resolve("compared.html");
        Commands.Said said = Commands.say("compare", sweep, sweep, "--json", "--output", page);
        assertThat(said.exit()).as(said.err()).isZero();
        JsonNode document = new ObjectMapper().readTree(said.out());
        assertThat(document.at("/all/difference").asDouble()).isZero();
        assertThat(document.at("/all/high").asDouble()).isZero();
        assertThat(document.at("/cells").size()).isPositive();
        assertThat(document.at("/plan_differences").size()).isZero();
        assertThat(Files.readString(page)).contains("The plans are the same.");
    }

    @Test
    void precisionsOfOneSweepAreComparedByConditions() {
        Commands.Said said = Commands.say(
                "compare", sweep, sweep, "--where-a", "dtype = 'float32'", "--where-b", "dtype = 'float64'");
        assertThat(said.out()).contains("Compared: dtype float32 in A, float64 in B.", "0 of ");
    }

    @Test
    void aConditionThatIsNoSqlIsAWrongInput() {
        Commands.Said said = Commands.say("compare", sweep, sweep, "--where-a", "no_column = 1");
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.err()).contains("no_column");
    }

    @Test
    void aDirectoryWithoutASweepIsAWrongInput() {
        assertThat(Commands.say("report", directory.resolve("nowhere")).exit()).isEqualTo(2);
        assertThat(Commands.say("compare", sweep, directory.resolve("nowhere")).exit())
                .isEqualTo(2);
    }
}
