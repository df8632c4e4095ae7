package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.Sweep;
import org.iclsweep.sweep.job.SweepOutcome;
import picocli.CommandLine.Command;

/** The command {@code run}: a sweep, and the table of its results where it is finished. */
@Command(
        name = "run",
        description = "Runs a sweep, or resumes an interrupted one, and prints the table of its results.",
        footer = "bin/icl-sweep run conf/sweeps/induction.conf --set sweep.output=out/mine")
final class RunCommand extends Sweep {
    /** The rows of a remote directory are for the engines that can read it. */
    @Override
    protected void ended(SweepPlan<?, ?> plan, SweepOutcome outcome) {
        String output = plan.sweep().output();
        if (outcome.counts().trials() < plan.size() || output.contains("://")) {
            return;
        }
        try {
            Path directory = Path.of(output);
            Results.of(plan, directory).print(directory);
        } catch (SQLException e) {
            throw new IllegalStateException("the table of results cannot be made: " + e.getMessage(), e);
        }
    }
}
