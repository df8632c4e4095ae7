package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.table.Counts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An executor of a standalone cluster that is killed while it computes, for every kind of sweep, with the kind's own
 * runner: four trials in two waves. Processes all of them, so that it is left out of the gate.
 */
@Tag("soak")
class EveryKindExecutorTest {
    private static final long TRIAL = 2;

    @TempDir
    private static Path elsewhere;

    private static SparkInstallation spark = new SparkInstallation(Path.of(""));
    private static KillableCluster cluster;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startCluster() throws IOException {
        spark = SparkInstallation.in(elsewhere);
        cluster = KillableCluster.start(elsewhere, spark);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void anExecutorThatIsKilledInTheMiddleOfAWaveLosesNothing(Experiment<?, ?> kind) throws Exception {
        SweepPlan<?, ?> undisturbed = SmallSweeps.plan(kind, directory, "undisturbed");
        assertThat(run(undisturbed)).isEqualTo(new Counts(4, 0));

        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "killed");
        DriverProcess driver = DriverProcess.start(
                directory,
                spark.variables(),
                spark.properties("", "models=true", "hanging=" + TRIAL, "spark.executor.memory=1g"),
                directory.resolve("sweep.conf").toString(),
                "--master",
                cluster.url());
        Path hanging = ArithmeticRunners.hangingAt(Path.of(plan.sweep().output()), TRIAL);
        driver.until(() -> Files.exists(hanging));
        ProcessHandle.of(Long.parseLong(Files.readString(hanging)))
                .orElseThrow()
                .destroyForcibly();

        assertThat(driver.exitCode()).as(driver.said()).isZero();
        assertThat(SweepRows.ofAllTables(plan)).isNotEmpty().isEqualTo(SweepRows.ofAllTables(undisturbed));
        assertThat(SweepRows.staged(Path.of(plan.sweep().output()))).isEmpty();
        assertThat(driver.said()).contains("killed from outside, with exit code 137");
    }

    private static <S extends Serializable, T extends PlannedTrial> Counts run(SweepPlan<S, T> plan) {
        return SweepRun.run(LocalSpark.session(), plan, StopSignal.never()).counts();
    }
}
