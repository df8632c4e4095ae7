package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A driver with two executors in processes of their own, which die. 240 trials in 5 waves. In process:
 * {@link org.iclsweep.sweep.run.BatchRunTest}, {@link TaskWatchTest} and {@link EveryKindFaultTest}.
 */
@Tag("soak")
class ExecutorProcessTest {
    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=10", "sweep.execution.batch-trials=12"};

    @TempDir
    private Path directory;

    private List<String> undisturbed = List.of();

    @BeforeEach
    void runUndisturbed() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(directory, "undisturbed", SMALL);
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        undisturbed = SweepRows.content(output("undisturbed"), "true");
    }

    @Test
    void aTrialThatKillsItsExecutorsIsFoundAndTheirOtherWorkIsDoneByOthers() throws IOException {
        DriverProcess driver = driver("killer", "kill=100");

        assertThat(driver.exitCode()).as(driver.said()).isZero();
        List<Row> failed =
                SweepRows.read(output("killer")).filter("status = 'failed'").collectAsList();
        assertThat(failed)
                .singleElement()
                .satisfies(row -> assertThat(row.<String>getAs("error_code")).isEqualTo("NATIVE_CRASH"));
        assertThat(undisturbed).containsAll(SweepRows.content(output("killer"), "status = 'ok'"));
        assertThat(SweepRows.content(output("killer"), "true")).hasSize(240);
    }

    private DriverProcess driver(String output, String faults) throws IOException {
        SparkInstallation spark = SparkInstallation.in(directory);
        String[] arguments =
                SweepRows.arguments(directory, "local-cluster[2,1,512]", SweepRows.settings(directory, output, SMALL));
        return DriverProcess.start(directory, spark.variables(), spark.properties(faults), arguments);
    }

    private Path output(String name) {
        return SweepFiles.in(directory).output().resolve(name);
    }
}
