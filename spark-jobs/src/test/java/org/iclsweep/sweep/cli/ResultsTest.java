package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.iclsweep.sweep.cli.Commands.say;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.cli.Commands.Said;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResultsTest {
    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void everyKindHasATableOfResultsWithoutEmptyColumns(Experiment<?, ?> kind) throws SQLException {
        SweepPlan<?, ?> plan = Sweeps.copyOfFinished(kind, directory, "out");
        Results results = Results.of(plan, Path.of(plan.sweep().output()));
        assertThat(results.table().lines().count()).isBetween(3L, 62L);
        assertThat(results.table().lines().toList().get(0).length()).isLessThan(160);
        assertThat(results.table()).as("no regression, so no column of one").doesNotContain("mse");
        assertThat(results.counts()).startsWith("4 trials, 0 failed; Parquet: ");
        assertThat(results.failure()).isEmpty();
    }

    @Test
    void theMostFrequentFailureIsOneLineWithItsReason() throws IOException, SQLException {
        SweepPlan<?, ?> plan = SweepFiles.in(directory).plan("sweep.demonstrations.sets-per-task=2");
        Path output = Sweeps.run(
                directory, ArithmeticRunners.SOUND.withFailing(3L, 5L), "sweep.demonstrations.sets-per-task=2");
        assertThat(Results.of(plan, output).failure())
                .hasValueSatisfying(line -> assertThat(line)
                        .contains("most frequent failure: NON_FINITE in 2 trials, such as ", plan.id(3))
                        .doesNotContain("\n"));
    }

    @Test
    void queryWithoutSqlListsTablesAndColumns() throws IOException {
        Path output = Sweeps.run(directory, ArithmeticRunners.SOUND, "sweep.demonstrations.sets-per-task=1");
        Said said = say("query", output);
        assertThat(said.exit()).isZero();
        assertThat(said.out())
                .containsPattern("table +column +type")
                .containsPattern("trials +shots +bigint")
                .containsPattern("trials +predictions +list of struct");
    }
}
