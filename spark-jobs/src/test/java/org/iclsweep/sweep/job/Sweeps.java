package org.iclsweep.sweep.job;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;

/** Finished sweeps for tests of other rooms. */
public final class Sweeps {
    private Sweeps() {}

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
