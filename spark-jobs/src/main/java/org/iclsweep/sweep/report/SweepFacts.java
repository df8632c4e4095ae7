package org.iclsweep.sweep.report;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.sweep.table.Cost;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;

/**
 * The files of a sweep's directory beside its tables.
 *
 * @param directory as the user named it
 * @param resolved the resolved configuration
 * @param cost its cost, foretold and taken
 */
public record SweepFacts(
        String directory,
        Optional<PlanRecord> plan,
        Optional<RunStatus> status,
        Optional<String> resolved,
        Optional<Cost> cost) {

    public SweepFacts {
        directory = directory.length() > 1 && directory.endsWith("/")
                ? directory.substring(0, directory.length() - 1)
                : directory;
    }

    /** Reads them. */
    public static SweepFacts read(String directory, Storage storage) {
        return new SweepFacts(
                directory,
                PlanRecord.read(storage),
                RunStatus.read(storage),
                PlanRecord.resolved(storage),
                Cost.read(storage));
    }

    String name() {
        return plan.map(PlanRecord::sweep).orElse(directory);
    }

    /** A path below the directory as one argument of a shell's command; the directory itself for an empty path. */
    String argument(String path) {
        String text = directory + path;
        return text.matches("[\\w./:=+@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    /** The facts of the section on what ran, name and value. */
    List<Map<String, Object>> entries() {
        List<Map<String, Object>> entries = new ArrayList<>();
        entries.add(fact("directory", directory));
        plan.ifPresent(record -> {
            entries.add(fact("kind", record.kind()));
            entries.add(fact("plan", record.digest()));
            entries.add(fact("trials planned", CellText.of(record.trials())));
        });
        status.ifPresent(last -> {
            entries.add(fact("trials committed", CellText.of(last.trialsDone())));
            entries.add(fact("trials failed", CellText.of(last.trialsFailed())));
            entries.add(fact("state", last.state() + (last.message().isEmpty() ? "" : ": " + last.message())));
            entries.add(fact("last run", lastRun(last)));
        });
        return entries;
    }

    private static String lastRun(RunStatus last) {
        Instant start = Instant.parse(last.startedAt());
        Instant end = Instant.parse(last.updatedAt());
        return "from %s to %s, %s s"
                .formatted(
                        start.truncatedTo(ChronoUnit.SECONDS),
                        end.truncatedTo(ChronoUnit.SECONDS),
                        CellText.of(Duration.between(start, end).toMillis() / 1000.0));
    }

    static Map<String, Object> fact(String name, String value) {
        return Map.of("name", name, "value", value);
    }
}
