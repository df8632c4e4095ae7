package org.iclsweep.sweep.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_distinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.plan.SweepPlan;
import org.iclsweep.sweep.plan.Wave;

/** The table {@code trials} of a sweep's directory: its schema, its rows, its waves. */
public final class TrialTable {
    /** The table's schema. */
    public static final StructType SCHEMA = DataTypes.createStructType(
            TrialColumns.ALL.stream().map(Column::field).toList());

    private final Storage storage;
    private final WaveStore waves;

    private TrialTable(Storage storage) {
        this.storage = storage;
        this.waves = new WaveStore(storage, WaveStore.TRIALS);
    }

    /** The table in a directory. */
    public static TrialTable at(Storage storage) {
        return new TrialTable(storage);
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
     * @throws RefusedException if it holds the rows of another plan
     */
    public void claim(SweepPlan plan) {
        PlanRecord.of(plan, TrialColumns.SCHEMA_VERSION)
                .claim(storage, plan.sweep().resolved());
        waves.recover();
    }

    /** The waves whose rows are there. */
    public Set<Integer> committedWaves() {
        return waves.committed();
    }

    /** A row of the table. */
    public static Row row(TrialRow row) {
        return RowFactory.create(TrialColumns.ALL.stream()
                .map(column -> column.value().apply(row))
                .toArray());
    }

    /** Writes a wave's rows where no reader sees them; every trial has to be there, once. */
    public Counts stage(Wave wave, Dataset<Row> rows) {
        String place = waves.stage(wave.index());
        rows.write().option("compression", "zstd").parquet(place);
        Row counted = rows.sparkSession()
                .read()
                .schema(SCHEMA)
                .parquet(place)
                .agg(count(lit(1)), count_distinct(col("trial_id")), failures())
                .head();
        if (counted.getLong(0) != wave.size() || counted.getLong(1) != wave.size()) {
            throw new IllegalStateException("wave %d has %d rows of %d different trials, expected one of each of its %d"
                    .formatted(wave.index(), counted.getLong(0), counted.getLong(1), wave.size()));
        }
        return new Counts(counted.getLong(0), counted.getLong(2));
    }

    /** Makes a staged wave visible, by one rename. */
    public void commit(Wave wave) {
        waves.commit(wave.index());
        DiskJournal.forget(storage, wave.index());
    }

    /** Drops what was staged. */
    public void abandon() {
        waves.recover();
    }

    /** The committed rows. */
    public Dataset<Row> read(SparkSession spark) {
        String[] places = committedWaves().stream().map(waves::location).toArray(String[]::new);
        return places.length == 0
                ? spark.createDataFrame(List.of(), SCHEMA)
                : spark.read().schema(SCHEMA).parquet(places);
    }

    /** How many rows are committed. */
    public Counts counts(SparkSession spark) {
        Row counted = read(spark).agg(count(lit(1)), failures()).head();
        return new Counts(counted.getLong(0), counted.getLong(1));
    }

    private static org.apache.spark.sql.Column failures() {
        return count(when(col("status").equalTo("failed"), lit(1)));
    }
}
