package org.iclsweep.sweep.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.run.Wave;

/** The table of trials of a sweep's directory: its rows, its waves. */
public final class TrialTable {
    static final String OK = "ok";
    static final String FAILED = "failed";

    private final Storage storage;
    private final Table<TrialRow> schema;
    private final WaveStore waves;

    private TrialTable(Storage storage, Table<TrialRow> schema) {
        this.storage = storage;
        this.schema = schema;
        this.waves = new WaveStore(storage, schema.name());
    }

    /** The table of this schema in a directory. */
    public static TrialTable at(Storage storage, Table<TrialRow> schema) {
        return new TrialTable(storage, schema);
    }

    /** How many rows there are, and how many of trials that failed. */
    public record Counts(long trials, long failed) {
        public static final Counts NONE = new Counts(0, 0);

        public Counts plus(Counts other) {
            return new Counts(trials + other.trials, failed + other.failed);
        }
    }

    /**
     * Makes the directory this plan's, and clears away what was never committed.
     *
     * @return what the directory says now that its rows follow from
     * @throws RefusedException if it holds the rows of another plan
     */
    public PlanRecord claim(SweepPlan plan) {
        PlanRecord record = PlanRecord.of(plan, schema.schemaVersion());
        record.claim(storage, schema.name(), plan.sweep().resolved());
        waves.recover();
        return record;
    }

    /** The waves whose rows are there. */
    public Set<Integer> committedWaves() {
        return waves.committed();
    }

    /** Writes a wave's rows where no reader sees them; every trial of the plan has to be there, once. */
    public Counts stage(SweepPlan plan, Wave wave, Dataset<Row> rows) {
        String place = waves.stage(wave.index());
        rows.write().option("compression", "zstd").parquet(place);
        List<Row> written = rows.sparkSession()
                .read()
                .schema(schema.type())
                .parquet(place)
                .select("trial_id", "status")
                .collectAsList();
        requireEachOnce(plan, wave, written);
        return new Counts(
                written.size(),
                written.stream().filter(row -> row.getString(1).equals(FAILED)).count());
    }

    private static void requireEachOnce(SweepPlan plan, Wave wave, List<Row> written) {
        Set<String> missing = new HashSet<>();
        LongStream.range(wave.first(), wave.end()).mapToObj(plan::id).forEach(missing::add);
        written.forEach(row -> missing.remove(row.getString(0)));
        if (written.size() != wave.size() || !missing.isEmpty()) {
            throw new IllegalStateException("wave %d was written with %d rows for %d trials, %d of them without a row"
                    .formatted(wave.index(), written.size(), wave.size(), missing.size()));
        }
    }

    /** Makes a staged wave visible, by one rename. */
    public void commit(Wave wave) {
        waves.commit(wave.index());
        DiskJournal.forget(storage, wave.index());
    }

    /** Drops what was staged. */
    public void abandon() {
        waves.abandon();
    }

    /** The committed rows. */
    public Dataset<Row> read(SparkSession spark) {
        String[] places = committedWaves().stream().map(waves::location).toArray(String[]::new);
        return places.length == 0
                ? spark.createDataFrame(List.of(), schema.type())
                : spark.read().schema(schema.type()).parquet(places);
    }

    /** How many rows are committed. */
    public Counts counts(SparkSession spark) {
        Row counted = read(spark).agg(count(lit(1)), failures()).head();
        return new Counts(counted.getLong(0), counted.getLong(1));
    }

    private static org.apache.spark.sql.Column failures() {
        return count(when(col("status").equalTo(FAILED), lit(1)));
    }
}
