package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.job.Sweep;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.OwnFiles;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code quickstart}: a small sweep on this machine, and its table of results. */
@Command(
        name = "quickstart",
        description =
                "Runs conf/sweeps/quickstart.conf on this machine and prints the table of results; prints it again"
                        + " where the sweep is finished.",
        footer = "bin/icl-sweep quickstart")
final class QuickstartCommand implements Callable<Integer> {
    private static final Path CONFIGURATION = Path.of("conf", "sweeps", "quickstart.conf");
    private static final Path OUTPUT = Path.of("out", "quickstart");

    private final Path output;

    QuickstartCommand() {
        this(OUTPUT);
    }

    /** @param output the sweep's directory */
    QuickstartCommand(Path output) {
        this.output = output;
    }

    @Option(names = "--fresh", description = "Delete the rows of the quickstart, and run it again.")
    private boolean fresh;

    @Override
    public Integer call() throws SQLException {
        Path configuration = home().resolve(CONFIGURATION);
        List<String> settings = List.of("sweep.output=" + output);
        Storage storage = Storage.at(output.toAbsolutePath().toString());
        SweepPlan<?, ?> plan = Experiments.read(configuration, settings);
        if (fresh) {
            deleteRows(storage, plan);
        }
        if (!isFinished(storage, plan)) {
            ExitCode exit = new Sweep().run(configuration, settings, null);
            if (exit != ExitCode.DONE && exit != ExitCode.TOO_MANY_FAILED) {
                return exit.code();
            }
        }
        Path directory = output.toAbsolutePath();
        Results.of(plan, directory).print(directory);
        return ExitCode.DONE.code();
    }

    /** Deletes what a sweep has written, and nothing else that lies there; not under a driver that is at work. */
    private static void deleteRows(Storage storage, SweepPlan<?, ?> plan) {
        if (storage.list("").isEmpty()) {
            return;
        }
        Lease lease = Lease.take(storage, "quickstart --fresh", Lease.Terms.STANDARD, Clock.systemUTC());
        try (lease) {
            OwnFiles.delete(storage, plan.experiment().tableNames());
        }
    }

    private static boolean isFinished(Storage storage, SweepPlan<?, ?> plan) {
        boolean same;
        try {
            same = PlanRecord.read(storage)
                    .filter(record -> record.digest().equals(plan.digest()))
                    .isPresent();
        } catch (RefusedException e) {
            return false; // run repairs the plan's file, or refuses with the reason
        }
        if (!same) {
            return false;
        }
        Manifests committed = Manifests.of(storage, plan.experiment().tableNames());
        return committed.counts().trials() == plan.size()
                && new Inventory(storage, committed).faults().isEmpty();
    }

    private static Path home() {
        return Path.of(System.getProperty(InputFiles.HOME, ""));
    }
}
