package org.iclsweep.sweep.table;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.sweep.experiment.generalization.GeneralizationPlan;
import org.iclsweep.sweep.experiment.generalization.GeneralizationResult;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSweep;
import org.iclsweep.sweep.run.Wave;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a generalization sweep. A wave is there when its rows of {@code generalization} are: those of the two
 * others are committed before.
 */
public final class GeneralizationTable {
    /** Errors and losses, training by training, evaluation by evaluation. */
    public static final String NAME = GeneralizationColumns.GENERALIZATION.name();

    /** Attention mass, norms and angles. */
    public static final String ATTENTION = GeneralizationColumns.ATTENTION.name();

    /** Error against the pruned fraction. */
    public static final String PRUNING = GeneralizationColumns.PRUNING.name();

    /** What an executor makes: rows of all three tables, each row one of them. */
    public static final StructType WAVE_SCHEMA = DataTypes.createStructType(new StructField[] {
        DataTypes.createStructField(NAME, GeneralizationColumns.GENERALIZATION.type(), true),
        DataTypes.createStructField(ATTENTION, GeneralizationColumns.ATTENTION.type(), true),
        DataTypes.createStructField(PRUNING, GeneralizationColumns.PRUNING.type(), true)
    });

    private final Storage storage;
    private final WaveStore attention;
    private final WaveStore pruning;
    private final WaveStore main;

    private GeneralizationTable(Storage storage) {
        this.storage = storage;
        this.attention = new WaveStore(storage, ATTENTION);
        this.pruning = new WaveStore(storage, PRUNING);
        this.main = new WaveStore(storage, NAME);
    }

    /** In the order in which a wave is committed. */
    private Map<String, WaveStore> stores() {
        Map<String, WaveStore> stores = new LinkedHashMap<>();
        stores.put(ATTENTION, attention);
        stores.put(PRUNING, pruning);
        stores.put(NAME, main);
        return stores;
    }

    /** The tables in a directory. */
    public static GeneralizationTable at(Storage storage) {
        return new GeneralizationTable(storage);
    }

    /**
     * Makes the directory this sweep's, and clears away what was never committed.
     *
     * @return what the directory says now that its rows follow from
     * @throws RefusedException if it holds the rows of another plan
     */
    public PlanRecord claim(GeneralizationPlan plan) {
        GeneralizationSweep sweep = plan.sweep();
        PlanRecord record = new PlanRecord(
                sweep.name(),
                sweep.digest(),
                sweep.size(),
                plan.waves(),
                GeneralizationColumns.GENERALIZATION.schemaVersion(),
                sweep.identity());
        record.claim(storage, NAME, sweep.resolved());
        stores().values().forEach(WaveStore::recover);
        return record;
    }

    /** The waves that are there. */
    public Set<Integer> committed() {
        return main.committed();
    }

    /** All rows of a training. */
    public static List<Row> rows(GeneralizationSweep sweep, int wave, GeneralizationResult result, RunFacts facts) {
        List<Row> rows = new ArrayList<>();
        RunOutcome outcome = result.outcome();
        if (outcome != null) {
            outcome.measured()
                    .forEach(part -> rows.add(RowFactory.create(
                            GeneralizationColumns.GENERALIZATION.row(source(sweep, wave, result, part, facts)),
                            null,
                            null)));
            outcome.attended()
                    .forEach(part -> rows.add(RowFactory.create(
                            null,
                            GeneralizationColumns.ATTENTION.row(source(sweep, wave, result, part, facts)),
                            null)));
            outcome.pruned()
                    .forEach(part -> rows.add(RowFactory.create(
                            null, null, GeneralizationColumns.PRUNING.row(source(sweep, wave, result, part, facts)))));
        }
        if (result.errorCode() != null) {
            rows.add(RowFactory.create(
                    GeneralizationColumns.GENERALIZATION.row(source(sweep, wave, result, null, facts)), null, null));
        }
        return rows;
    }

    private static <P> GeneralizationRow<P> source(
            GeneralizationSweep sweep, int wave, GeneralizationResult result, @Nullable P part, RunFacts facts) {
        return new GeneralizationRow<>(sweep.name(), wave, sweep.evaluations(), result, part, facts);
    }

    /** Writes a wave's rows where no reader sees them. */
    public void stage(Wave wave, Dataset<Row> rows) {
        stores().forEach((table, store) -> rows.filter(col(table).isNotNull())
                .select(table + ".*")
                .coalesce(1)
                .write()
                .option("compression", "zstd")
                .parquet(store.stage(wave.index())));
    }

    /** Makes a staged wave visible, by one rename for each table, {@code generalization} last. */
    public void commit(Wave wave) {
        stores().values().forEach(store -> store.commit(wave.index()));
    }

    /** Drops what was staged. */
    public void abandon() {
        stores().values().forEach(WaveStore::abandon);
    }

    /** How many trainings are there, and how many of them failed. */
    public TrialTable.Counts counts(SparkSession spark) {
        String[] places = committed().stream().map(main::location).toArray(String[]::new);
        if (places.length == 0) {
            return TrialTable.Counts.NONE;
        }
        Dataset<Row> rows =
                spark.read().schema(GeneralizationColumns.GENERALIZATION.type()).parquet(places);
        return new TrialTable.Counts(
                rows.select("trial_id").distinct().count(),
                rows.filter(col("status").equalTo(TrialTable.FAILED))
                        .select("trial_id")
                        .distinct()
                        .count());
    }
}
