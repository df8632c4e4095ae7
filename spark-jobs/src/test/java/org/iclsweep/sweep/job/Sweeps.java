package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.FileUtils;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.Counts;

/** Finished sweeps for tests of other rooms. */
public final class Sweeps {
    private static final Map<String, Path> FINISHED = new HashMap<>();

    private Sweeps() {}

    /** The finished small sweep of a kind, which is run once for all tests of this process: to be copied. */
    static Path finished(Experiment<?, ?> kind) {
        return FINISHED.computeIfAbsent(kind.kind(), name -> {
            SweepPlan<?, ?> plan = SmallSweeps.plan(kind, temporary(), name);
            SweepOutcome outcome = run(plan);
            assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
            assertThat(outcome.counts()).isEqualTo(new Counts(4, 0));
            return Path.of(plan.sweep().output());
        });
    }

    private static Path temporary() {
        try {
            Path directory = Files.createTempDirectory("finished");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> FileUtils.deleteQuietly(directory.toFile())));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The plan of an output, {@code directory/output}, that has a copy of the finished small sweep of a kind. */
    public static SweepPlan<?, ?> copyOfFinished(Experiment<?, ?> kind, Path directory, String output) {
        try {
            FileUtils.copyDirectory(
                    finished(kind).toFile(), directory.resolve(output).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return SmallSweeps.plan(kind, directory, output);
    }

    /** Runs a small sweep and returns its directory. */
    public static Path run(Path directory, ArithmeticRunners runners, String... settings) throws IOException {
        SweepRun.run(LocalSpark.session(), runners.on(SweepFiles.in(directory).plan(settings)), StopSignal.never());
        return SweepFiles.in(directory).output();
    }

    /** Runs a sweep of any kind. */
    public static SweepOutcome run(SweepPlan<?, ?> plan) {
        return SweepRun.run(LocalSpark.session(), plan, StopSignal.never());
    }

    /** Runs the sweep of a configuration as it is. */
    public static SweepOutcome run(Path configuration) {
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.read(configuration, List.of());
        return SweepRun.run(LocalSpark.session(), plan, StopSignal.never());
    }
}
