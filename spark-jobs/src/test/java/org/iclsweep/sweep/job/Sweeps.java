package org.iclsweep.sweep.job;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.grid.ArithmeticRunners;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.experiment.grid.TrialRunners;

/** Finished sweeps for tests of other rooms. */
public final class Sweeps {
    private Sweeps() {}

    /** Runs a small sweep and returns its directory. */
    public static Path run(Path directory, ArithmeticRunners runners, String... settings) throws IOException {
        SweepRun.run(LocalSpark.session(), SweepFiles.in(directory).plan(settings), runners, StopSignal.never());
        return SweepFiles.in(directory).output();
    }

    /** Runs the sweep of a configuration as it is. */
    public static SweepOutcome run(Path configuration) {
        SweepPlan plan = SweepPlan.of(SweepConfiguration.read(configuration, List.of()));
        return SweepRun.run(
                LocalSpark.session(), plan, TrialRunners.of(plan.sweep().kind()), StopSignal.never());
    }
}
