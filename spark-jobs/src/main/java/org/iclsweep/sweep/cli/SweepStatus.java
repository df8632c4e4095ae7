package org.iclsweep.sweep.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.jspecify.annotations.Nullable;

/**
 * The state of a sweep: its trials and waves, the driver that runs or the last one, and damage.
 *
 * @param running the status at the driver's last heartbeat; null if none runs
 * @param driver the driver that holds the directory, or the end of the last one; null if there was none
 * @param beside files that no manifest lists
 * @param damage files that differ from their manifests
 * @param failures the failed trials by their error codes
 */
record SweepStatus(
        String sweep,
        @JsonProperty("plan_digest") String planDigest,
        long trials,
        long done,
        long failed,
        long left,
        int waves,
        @Nullable RunStatus running,
        @Nullable String driver,
        List<String> beside,
        List<String> damage,
        List<Failure> failures) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The failed trials with one error code. */
    record Failure(
            @JsonProperty("error_code") String errorCode,
            long trials,
            @JsonProperty("one_of_them") String oneOfThem,
            String message) {}

    static SweepStatus of(
            String location,
            Storage storage,
            List<String> tables,
            PlanRecord plan,
            Inventory inventory,
            List<String> damage)
            throws SQLException {
        Manifests committed = inventory.manifests();
        Counts counts = committed.hasUncounted() && damage.isEmpty()
                ? counted(location, tables.get(0))
                : inventory.wholeCounts();
        Optional<RunStatus> status = RunStatus.read(storage);
        Optional<String> holder = Lease.describe(storage);
        return new SweepStatus(
                plan.sweep(),
                plan.digest(),
                plan.trials(),
                counts.trials(),
                counts.failed(),
                plan.trials() - counts.trials(),
                committed.waves().size(),
                holder.isPresent() ? status.orElse(null) : null,
                holder.or(() -> status.map(RunStatus::lastWords)).orElse(null),
                inventory.strays(committed.hasUncounted() ? List.of() : tables),
                damage,
                damage.isEmpty() && counts.failed() > 0 ? failures(location, committed, tables.get(0)) : List.of());
    }

    /** The trials of a sweep of which nobody has counted the failed ones. */
    private static Counts counted(String location, String table) throws SQLException {
        try (SweepTables tables = SweepTables.open(location)) {
            return tables.query("""
                            SELECT count(DISTINCT trial_id), count(DISTINCT trial_id) FILTER (status = 'failed') FROM %s
                            """.formatted(table), row -> new Counts(row.getLong(1), row.getLong(2)))
                    .get(0);
        }
    }

    /** Read from the waves that have some. */
    private static List<Failure> failures(String location, Manifests committed, String table) throws SQLException {
        try (SweepTables tables = SweepTables.of(location, committed.withFailures())) {
            return tables.query(
                    """
                    SELECT error_code, count(*) AS trials, min(trial_id), min(error_message)
                    FROM %s WHERE status = 'failed' GROUP BY error_code ORDER BY trials DESC
                    """.formatted(table),
                    row -> new Failure(row.getString(1), row.getLong(2), row.getString(3), row.getString(4)));
        }
    }

    /** One JSON object, on one line. */
    String json() {
        try {
            return JSON.writeValueAsString(this) + System.lineSeparator();
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The lines for reading.
     *
     * @param read true if every byte of every file was held against its manifest
     */
    String text(boolean read) {
        StringBuilder text = new StringBuilder();
        line(text, "sweep   %s (plan %.12s)", sweep, planDigest);
        line(text, "trials  %d done, %d of them failed, %d left", done, failed, left);
        line(text, "waves   %d committed%s", waves, read ? ", all read" : "");
        if (running != null) {
            line(
                    text,
                    "running %d finished, %d of them failed; %d of these not committed yet, at %s",
                    running.trialsFinished(),
                    running.trialsFinishedFailed(),
                    running.trialsFinished() - running.trialsDone(),
                    running.updatedAt());
        }
        if (driver != null) {
            line(text, "driver  %s", driver);
        }
        beside.forEach(path -> line(text, "beside  %s: in no manifest, not counted", path));
        damage.forEach(fault -> line(text, "damage  %s", fault));
        if (!damage.isEmpty()) {
            line(
                    text,
                    "Remove the files that are named here, where they are there, and run the sweep again: it computes"
                            + " the trials of these waves alone.");
        }
        return text + (failures.isEmpty() ? "" : System.lineSeparator() + TextTable.aligned(failuresAsRows()));
    }

    private SweepTables.Answer failuresAsRows() {
        return new SweepTables.Answer(
                List.of("error_code", "trials", "one_of_them", "message"),
                failures.stream()
                        .map(one ->
                                List.of(one.errorCode(), String.valueOf(one.trials()), one.oneOfThem(), one.message()))
                        .toList());
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
    }
}
