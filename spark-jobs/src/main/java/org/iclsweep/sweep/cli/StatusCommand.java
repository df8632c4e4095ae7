package org.iclsweep.sweep.cli;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveCheck;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code status}: progress of a sweep. */
@Command(
        name = "status",
        description = "Counts the trials of a sweep that are done, failed and left.",
        footer = "bin/icl-sweep status out/quickstart --watch")
final class StatusCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "The sweep's output directory.")
    private String location = "";

    @Option(
            names = "--check",
            description = "Hold every byte of every file against its manifest, and name the files that differ.")
    private boolean check;

    @Option(
            names = "--exit-code",
            description =
                    "For schedulers: exit with the last driver's exit code, or with 1 if it is still running or died, or if"
                            + " files of a finished sweep are gone or cut; with --check, also if their bytes are others. In a"
                            + " directory or at a URI such as hdfs://….")
    private boolean lastExitCode;

    @Option(names = "--json", description = "Print one JSON object on one line.")
    private boolean json;

    @Option(
            names = "--watch",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "5",
            description = "Print it again every SECONDS (default ${FALLBACK-VALUE}) for as long as a driver runs.")
    private @Nullable Integer watch;

    @Override
    public Integer call() throws SQLException, InterruptedException {
        if (lastExitCode) {
            WrongInputException.requireScheme(location);
            return lastExitCode(Storage.at(location));
        }
        WrongInputException.requireLocation(location);
        Storage storage = Storage.at(location);
        int exit = print(storage);
        while (watch != null && Lease.describe(storage).isPresent()) {
            Thread.sleep(Duration.ofSeconds(Math.max(1, watch)).toMillis());
            System.out.print(json ? "" : System.lineSeparator());
            exit = print(storage);
        }
        return exit;
    }

    private int print(Storage storage) throws SQLException {
        PlanRecord plan = PlanRecord.read(storage)
                .orElseThrow(
                        () -> new WrongInputException(location + ": expected a sweep's directory, found no plan.json"));
        Experiment<?, ?> kind = kind(plan)
                .orElseThrow(() -> new WrongInputException(
                        location + ": plan.json: kind: expected one of this version, found \"" + plan.kind() + "\""));
        Found found = found(storage, kind, plan);
        List<String> faults = found.faults();
        SweepStatus status = SweepStatus.of(location, storage, kind.tableNames(), plan, found.inventory(), faults);
        System.out.print(json ? status.json() : status.text(check && faults.isEmpty()));
        return (faults.isEmpty() ? ExitCode.DONE : ExitCode.FAILED).code();
    }

    /** The files of a directory, and a line for each fault. */
    private record Found(Inventory inventory, List<String> faults) {
        static Found in(Storage storage, Experiment<?, ?> kind) {
            Inventory inventory = new Inventory(storage, Manifests.of(storage, kind.tableNames()));
            return new Found(inventory, inventory.faults());
        }

        /** The same with the faults of the files' content. */
        static Found byContent(Storage storage, Experiment<?, ?> kind, PlanRecord plan) {
            WaveCheck read = WaveCheck.of(storage, kind.schemas());
            return new Found(read.inventory(), read.faults(plan));
        }
    }

    private Found found(Storage storage, Experiment<?, ?> kind, PlanRecord plan) {
        return check ? Found.byContent(storage, kind, plan) : Found.in(storage, kind);
    }

    private static Optional<Experiment<?, ?>> kind(PlanRecord plan) {
        return Experiments.named(plan.kind());
    }

    /**
     * The exit code for a scheduler, because that of spark-submit is not always the driver's: that of the last driver,
     * but 1 where the files are no longer those that it ended with.
     */
    private int lastExitCode(Storage storage) {
        RunStatus last = RunStatus.read(storage)
                .orElseThrow(() -> new WrongInputException(
                        storage.location("") + ": expected run-status.json, found none; no driver has run there"));
        System.out.println(last.lastWords());
        if (last.exitCode() == RunStatus.NO_EXIT_CODE) {
            return ExitCode.FAILED.code();
        }
        List<String> faults = PlanRecord.read(storage)
                .map(plan -> faults(storage, plan, last))
                .orElseGet(() -> List.of("plan.json: expected the plan of a sweep, found no such file"));
        faults.forEach(System.out::println);
        return faults.isEmpty() ? last.exitCode() : ExitCode.FAILED.code();
    }

    /** The differences between a directory and the end of its last driver. */
    private List<String> faults(Storage storage, PlanRecord plan, RunStatus last) {
        Optional<Experiment<?, ?>> kind = kind(plan);
        boolean done = last.exitCode() == ExitCode.DONE.code();
        if (kind.isEmpty() || !done && last.exitCode() != ExitCode.TOO_MANY_FAILED.code()) {
            return List.of();
        }
        Found found = found(storage, kind.get(), plan);
        Manifests committed = found.inventory().manifests();
        List<String> faults = found.faults();
        long trials = committed.counts().trials();
        return faults.isEmpty() && done && !committed.hasUncounted() && trials != plan.trials()
                ? List.of("%s of %s trials are committed".formatted(trials, plan.trials()))
                : faults;
    }
}
