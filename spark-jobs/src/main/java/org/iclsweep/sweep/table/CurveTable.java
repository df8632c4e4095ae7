package org.iclsweep.sweep.table;

import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.experiment.training.TrainingSweep;

/** The table {@code training_curve} of a sweep's directory: a wave is a training. */
public final class CurveTable {
    /** The directory of the table. */
    public static final String NAME = CurveColumns.TABLE.name();

    /** The table's schema. */
    public static final StructType SCHEMA = CurveColumns.TABLE.type();

    private final Storage storage;
    private final WaveStore waves;

    private CurveTable(Storage storage) {
        this.storage = storage;
        this.waves = new WaveStore(storage, NAME);
    }

    /** The table in a directory. */
    public static CurveTable at(Storage storage) {
        return new CurveTable(storage);
    }

    /**
     * Makes the directory this sweep's, and clears away what was never committed.
     *
     * @return what the directory says now that its rows follow from
     * @throws RefusedException if it holds the rows of another plan
     */
    public PlanRecord claim(TrainingSweep sweep) {
        int trainings = sweep.trials().size();
        PlanRecord record = new PlanRecord(
                sweep.name(),
                sweep.digest(),
                trainings,
                trainings,
                CurveColumns.TABLE.schemaVersion(),
                sweep.identity());
        record.claim(storage, NAME, sweep.resolved());
        waves.recover();
        return record;
    }

    /** The trainings whose curves are there. */
    public Set<Integer> committed() {
        return waves.committed();
    }

    /** A row of the table. */
    public static Row row(CurveRow row) {
        return CurveColumns.TABLE.row(row);
    }

    /** Writes a training's curve where no reader sees it; the place. */
    public String stage(int training, Dataset<Row> rows) {
        String place = waves.stage(training);
        rows.write().option("compression", "zstd").parquet(place);
        return place;
    }

    /** Makes a staged curve visible, by one rename. */
    public void commit(int training) {
        waves.commit(training);
    }

    /** Drops what was staged. */
    public void abandon() {
        waves.abandon();
    }

    /** How many trainings are there, and how many of them diverged. */
    public TrialTable.Counts counts(SparkSession spark) {
        String[] places = committed().stream().map(waves::location).toArray(String[]::new);
        if (places.length == 0) {
            return TrialTable.Counts.NONE;
        }
        long failed = spark.read()
                .schema(SCHEMA)
                .parquet(places)
                .filter("status = 'failed'")
                .select("trial_id")
                .distinct()
                .count();
        return new TrialTable.Counts(places.length, failed);
    }
}
