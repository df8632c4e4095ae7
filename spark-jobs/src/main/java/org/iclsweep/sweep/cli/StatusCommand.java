package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.WaveCheck;
import org.iclsweep.sweep.table.WaveStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code status}: progress of a sweep. */
@Command(name = "status", description = "Counts the trials of a sweep that are done, failed and left.")
final class StatusCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "The sweep's output directory.")
    private String location = "";

    @Option(names = "--check", description = "Read every file to its end, and name the damaged waves.")
    private boolean check;

    @Option(
            names = "--exit-code",
            description =
                    "For schedulers: exit with the last driver's exit code, or with 1 if it is still running or died."
                            + " Reads run-status.json alone, in a directory or at a URI such as hdfs://….")
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
        List<Table<?>> kept = Experiments.named(plan.kind())
                .map(kind ->
                        kind.tables().stream().<Table<?>>map(ResultTable::table).toList())
                .orElseThrow(() -> new WrongInputException(
                        directory + ": plan.json: kind: expected one of this version, found \"" + plan.kind() + "\""));
        String table = kept.get(0).name();
        List<Integer> committed = List.copyOf(new WaveStore(storage, table).committed());
        if (check) {
            List<String> faults = WaveCheck.faults(directory, kept, plan, committed);
            faults.forEach(System.out::println);
            if (!faults.isEmpty()) {
                System.out.println(
                        "Remove the directories of these waves, in all tables of the sweep, and run it again:"
                                + " it computes them alone.");
                return ExitCode.FAILED.code();
            }
        }
        print(directory, storage, table, plan, committed);
        return ExitCode.DONE.code();
    }

    /** The exit code for a scheduler, because that of spark-submit is not always the driver's. */
    private static int lastExitCode(Storage storage) {
        RunStatus last = RunStatus.read(storage)
                .orElseThrow(() -> new WrongInputException(
                        storage.location("") + ": expected run-status.json, found none; no driver has run there"));
        System.out.println(lastWords(last));
        return last.exitCode() == RunStatus.NO_EXIT_CODE ? ExitCode.FAILED.code() : last.exitCode();
    }

    private void print(Path directory, Storage storage, String table, PlanRecord plan, List<Integer> committed)
            throws SQLException {
        long done = 0;
        long failed = 0;
        if (!committed.isEmpty()) {
            try (SweepTables tables = SweepTables.open(directory)) {
                List<String> counts = tables.query("""
                        SELECT count(DISTINCT trial_id), count(DISTINCT trial_id) FILTER (status = 'failed') FROM %s
                        """.formatted(table)).rows().get(0);
                done = Long.parseLong(counts.get(0));
                failed = Long.parseLong(counts.get(1));
            }
        }
        System.out.printf("sweep   %s (plan %.12s)%n", plan.sweep(), plan.digest());
        System.out.printf("trials  %d done, %d of them failed, %d left%n", done, failed, plan.trials() - done);
        System.out.printf("waves   %d of %d committed%s%n", committed.size(), plan.waves(), check ? ", all read" : "");
        Optional<RunStatus> status = RunStatus.read(storage);
        Optional<String> holder = Lease.describe(storage);
        if (holder.isPresent()) {
            System.out.println("driver  " + holder.get());
        } else {
            status.ifPresent(last -> System.out.println("driver  " + lastWords(last)));
        }
        if (failed > 0) {
            printFailures(directory, table);
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
