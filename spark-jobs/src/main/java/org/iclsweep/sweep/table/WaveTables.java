package org.iclsweep.sweep.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.when;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * The tables of a sweep's directory. A wave is staged in all of them, checked against the plan, and committed side
 * tables first: it is there when the main table has it. A crash between two tables leaves side waves without their main
 * wave, which the next driver removes before it writes any.
 */
public final class WaveTables {
    private final Storage storage;
    private final List<Table<?>> tables;
    private final List<WaveStore> stores;

    /**
     * The waves of a sweep's tables in {@code storage}.
     *
     * @param tables the main one first: it has a row for every trial
     */
    public WaveTables(Storage storage, List<Table<?>> tables) {
        this.storage = storage;
        this.tables = List.copyOf(tables);
        this.stores = tables.stream()
                .map(table -> new WaveStore(storage, table.name()))
                .toList();
    }

    /**
     * Makes the directory this plan's, and clears away uncommitted waves and side waves without their main wave.
     *
     * @throws RefusedException if it holds the rows of another plan
     */
    public PlanRecord claim(PlanRecord plan, String resolved) {
        plan.claim(storage, main().name(), resolved);
        stores.forEach(WaveStore::recover);
        sides().forEach(side -> side.removeOrphans(committed()));
        return plan;
    }

    private Table<?> main() {
        return tables.get(0);
    }

    private List<WaveStore> sides() {
        return stores.subList(1, stores.size());
    }

    /** The committed waves of the main table. */
    public Set<Integer> committed() {
        return stores.get(0).committed();
    }

    /**
     * The schema of what tasks yield: the table's own where there is one; else a struct column for each table, one of
     * which is not null.
     */
    public static StructType type(List<? extends Table<?>> tables) {
        return tables.size() == 1
                ? tables.get(0).type()
                : DataTypes.createStructType(tables.stream()
                        .map(table -> DataTypes.createStructField(table.name(), table.type(), true))
                        .toArray(StructField[]::new));
    }

    /** A row of the table with this position among {@code tables}, in the form of {@link #type}. */
    public static Row wrapped(Row row, int position, int tables) {
        if (tables == 1) {
            return row;
        }
        Object[] values = new Object[tables];
        values[position] = row;
        return RowFactory.create(values);
    }

    /**
     * Writes a wave's rows where no reader sees them.
     *
     * @param ids those of the wave's trials: each must have rows in the main table
     * @param rows in the form of {@link #type}
     */
    public Counts stage(int wave, List<String> ids, Dataset<Row> rows) {
        if (tables.size() == 1) {
            write(rows, stores.get(0).stage(wave));
        } else {
            stageEach(wave, rows);
        }
        return checked(wave, ids, rows.sparkSession());
    }

    /** The rows are kept while they are written to several tables: a trial is run once. */
    private void stageEach(int wave, Dataset<Row> rows) {
        Dataset<Row> kept = rows.persist(StorageLevel.MEMORY_AND_DISK());
        try {
            for (int i = 0; i < tables.size(); i++) {
                String table = tables.get(i).name();
                Dataset<Row> own =
                        kept.filter(col(table).isNotNull()).select(table + ".*").coalesce(1);
                write(own, stores.get(i).stage(wave));
            }
        } finally {
            kept.unpersist();
        }
    }

    private static void write(Dataset<Row> rows, String place) {
        rows.write().option("compression", "zstd").parquet(place);
    }

    private Counts checked(int wave, List<String> ids, SparkSession spark) {
        for (int side = 1; side < tables.size(); side++) {
            check(wave, ids, side, staged(wave, side, spark, TrialStatus.ID));
        }
        List<Row> written = staged(wave, 0, spark, TrialStatus.ID, TrialStatus.COLUMN);
        check(wave, ids, 0, written);
        Stream<Row> failed = written.stream().filter(row -> row.getString(1).equals(TrialStatus.FAILED));
        return new Counts(ids.size(), ids(failed).size());
    }

    /** These columns of a staged wave of the table at this position. */
    private List<Row> staged(int wave, int position, SparkSession spark, String column, String... more) {
        return spark.read()
                .schema(tables.get(position).type())
                .parquet(literal(stores.get(position).staged(wave)))
                .select(column, more)
                .collectAsList();
    }

    /** A whole wave of the planned trials and of no others. */
    private void check(int wave, List<String> planned, int position, List<Row> written) {
        Table<?> table = tables.get(position);
        Set<String> found = ids(written.stream());
        if (!table.isWhole(position == 0, written.size(), found.size(), planned.size())
                || !new HashSet<>(planned).containsAll(found)) {
            throw new IllegalStateException("wave %d was written with %d rows of %d trials%s, expected %d trials"
                    .formatted(
                            wave,
                            written.size(),
                            found.size(),
                            position == 0 ? "" : " in " + table.name(),
                            planned.size()));
        }
    }

    private static Set<String> ids(Stream<Row> rows) {
        return rows.map(row -> row.getString(0)).collect(Collectors.toSet());
    }

    /** Makes a staged wave visible: the side tables first, the main one last. */
    public void commit(int wave) {
        sides().forEach(side -> side.commit(wave));
        stores.get(0).commit(wave);
        DiskJournal.forget(storage, wave);
    }

    /** Drops what was staged. */
    public void abandon() {
        stores.forEach(WaveStore::abandon);
    }

    /** The committed rows of the main table. */
    public Dataset<Row> read(SparkSession spark) {
        String[] places = committed().stream()
                .map(wave -> literal(stores.get(0).location(wave)))
                .toArray(String[]::new);
        return places.length == 0
                ? spark.createDataFrame(List.of(), main().type())
                : spark.read().schema(main().type()).parquet(places);
    }

    /** A place that Spark takes as it is, and not as a pattern of several. */
    private static String literal(String place) {
        return place.replaceAll("[\\[\\]{}*?\\\\]", "\\\\$0");
    }

    /** The numbers of committed trials. */
    public Counts counts(SparkSession spark) {
        if (committed().isEmpty()) {
            return Counts.NONE;
        }
        org.apache.spark.sql.Column id = col(TrialStatus.ID);
        org.apache.spark.sql.Column failed = when(col(TrialStatus.COLUMN).equalTo(TrialStatus.FAILED), id);
        Row counted = main().rowsPerTrial() == Table.RowsPerTrial.ONE
                ? read(spark).agg(count(id), count(failed)).head()
                : read(spark).agg(countDistinct(id), countDistinct(failed)).head();
        return new Counts(counted.getLong(0), counted.getLong(1));
    }
}
