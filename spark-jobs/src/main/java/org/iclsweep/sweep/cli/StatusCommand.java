package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code status}: progress of a sweep. */
@Command(name = "status", description = "Counts the trials of a sweep that are done, failed and left.")
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
                            + " files of a finished sweep are gone or cut. In a directory or at a URI such as hdfs://….")
    private boolean lastExitCode;

    @Override
    public Integer call() throws SQLException {
        if (lastExitCode) {
            return lastExitCode(Storage.at(location));
        }
        Path directory = Path.of(location);
        WrongInputException.requireReadableDirectory(directory);
        Storage storage = Storage.at(directory.toString());
        PlanRecord plan = PlanRecord.read(storage)
                .orElseThrow(() ->
                        new WrongInputException(directory + ": expected a sweep's directory, found no plan.json"));
        Experiment<?, ?> kind = kind(plan)
                .orElseThrow(() -> new WrongInputException(
                        directory + ": plan.json: kind: expected one of this version, found \"" + plan.kind() + "\""));
        Manifests committed = Manifests.of(storage, kind.tableNames());
        List<String> faults =
                check ? WaveCheck.faults(storage, kind.schemas(), plan) : new Inventory(storage, committed).faults();
        print(directory, storage, kind.tableNames(), plan, committed, faults);
        return faults.isEmpty() ? ExitCode.DONE.code() : ExitCode.FAILED.code();
    }

    private static Optional<Experiment<?, ?>> kind(PlanRecord plan) {
        return Experiments.named(plan.kind());
    }

    /**
     * The exit code for a scheduler, because that of spark-submit is not always the driver's: that of the last driver,
     * but 1 where the files are no longer those that it ended with.
     */
    private static int lastExitCode(Storage storage) {
        RunStatus last = RunStatus.read(storage)
                .orElseThrow(() -> new WrongInputException(
                        storage.location("") + ": expected run-status.json, found none; no driver has run there"));
        System.out.println(lastWords(last));
        if (last.exitCode() == RunStatus.NO_EXIT_CODE) {
            return ExitCode.FAILED.code();
        }
        List<String> faults = PlanRecord.read(storage)
                .map(plan -> faults(storage, plan, last))
                .orElse(List.of());
        faults.forEach(System.out::println);
        return faults.isEmpty() ? last.exitCode() : ExitCode.FAILED.code();
    }

    /** The differences between a directory and the end of its last driver. */
    private static List<String> faults(Storage storage, PlanRecord plan, RunStatus last) {
        Optional<Experiment<?, ?>> kind = kind(plan);
        boolean done = last.exitCode() == ExitCode.DONE.code();
        if (kind.isEmpty() || !done && last.exitCode() != ExitCode.TOO_MANY_FAILED.code()) {
            return List.of();
        }
        Manifests committed = Manifests.of(storage, kind.get().tableNames());
        List<String> faults = new Inventory(storage, committed).faults();
        long trials = committed.counts().trials();
        return faults.isEmpty() && done && !committed.hasUncounted() && trials != plan.trials()
                ? List.of("%d of %d trials are committed".formatted(trials, plan.trials()))
                : faults;
    }

    private void print(
            Path directory,
            Storage storage,
            List<String> tables,
            PlanRecord plan,
            Manifests committed,
            List<String> faults)
            throws SQLException {
        Counts counts = committed.hasUncounted() && faults.isEmpty()
                ? counted(directory, tables.get(0))
                : new Inventory(storage, committed).wholeCounts();
        System.out.printf("sweep   %s (plan %.12s)%n", plan.sweep(), plan.digest());
        System.out.printf(
                "trials  %d done, %d of them failed, %d left%n",
                counts.trials(), counts.failed(), plan.trials() - counts.trials());
        System.out.printf(
                "waves   %d committed%s%n", committed.waves().size(), check && faults.isEmpty() ? ", all read" : "");
        Optional<RunStatus> status = RunStatus.read(storage);
        Optional<String> holder = Lease.describe(storage);
        if (holder.isPresent()) {
            status.ifPresent(now -> System.out.printf(
                    "running %d finished, %d of them failed; %d of these not committed yet, at %s%n",
                    now.trialsFinished(),
                    now.trialsFinishedFailed(),
                    now.trialsFinished() - now.trialsDone(),
                    now.updatedAt()));
            System.out.println("driver  " + holder.get());
        } else {
            status.ifPresent(last -> System.out.println("driver  " + lastWords(last)));
        }
        new Inventory(storage, committed)
                .strays(committed.hasUncounted() ? List.of() : tables)
                .forEach(path -> System.out.println("beside  " + path + ": in no manifest, not counted"));
        if (!faults.isEmpty()) {
            faults.forEach(fault -> System.out.println("damage  " + fault));
            System.out.println(
                    "Remove the files that are named here, where they are there, and run the sweep again: it computes"
                            + " the trials of these waves alone.");
        } else if (counts.failed() > 0) {
            printFailures(directory, tables.get(0));
        }
    }

    /** The trials of a sweep of which nobody has counted the failed ones. */
    private static Counts counted(Path directory, String table) throws SQLException {
        try (SweepTables tables = SweepTables.open(directory)) {
            return tables.query("""
                            SELECT count(DISTINCT trial_id), count(DISTINCT trial_id) FILTER (status = 'failed') FROM %s
                            """.formatted(table), row -> new Counts(row.getLong(1), row.getLong(2)))
                    .get(0);
        }
    }

    private static String lastWords(RunStatus last) {
        return last.state().equals(RunStatus.RUNNING)
                ? "died without an exit code; last sign of life at " + last.updatedAt()
                : "%s with exit code %d at %s: %s"
                        .formatted(last.state(), last.exitCode(), last.updatedAt(), last.message());
    }

    private static void printFailures(Path directory, String table) throws SQLException {
        try (SweepTables tables = SweepTables.open(directory)) {
            System.out.println();
            System.out.print(TextTable.aligned(tables.query("""
                    SELECT error_code, count(*) AS trials, min(trial_id) AS one_of_them, min(error_message) AS message
                    FROM %s WHERE status = 'failed' GROUP BY error_code ORDER BY trials DESC
                    """.formatted(table))));
        }
    }
}
