package org.iclsweep.sweep.table;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.run.FullDisk;
import org.iclsweep.sweep.run.Wave;

/**
 * The tables of a sweep's directory. A wave is staged in all of them, checked against the plan, moved to its places,
 * side tables first, and committed by its manifest.
 */
public final class WaveTables {
    /** The bytes of rows that are worth a file of their own. */
    private static final long FILE_BYTES = 64L << 20;

    /** Files of a wave that a reader opens as soon as one. */
    private static final int FEW_FILES = 16;

    /** Bytes below which a disk counts as full: no file of a table is smaller by much. */
    private static final long ROOM = 64 << 10;

    /** Spark's name for a share of the slots: of the tasks that write tables, beside those that compute. */
    private static final String POOL = "spark.scheduler.pool";

    private final Storage storage;
    private final List<Table<?>> tables;
    private final List<String> names;
    private final String plan;
    private final WaveStore store;
    private volatile Optional<Inventory> claimed = Optional.empty();

    /**
     * The waves of a sweep's tables in {@code storage}.
     *
     * @param tables the main one first: it has a row for every trial
     * @param plan the digest of the sweep's plan
     */
    public WaveTables(Storage storage, List<Table<?>> tables, String plan) {
        this(storage, tables, plan, new WaveStore(storage));
    }

    WaveTables(Storage storage, List<Table<?>> tables, String plan, WaveStore store) {
        this.storage = storage;
        this.tables = List.copyOf(tables);
        this.names = tables.stream().<String>map(Table::name).toList();
        this.plan = plan;
        this.store = store;
    }

    /**
     * Makes the directory this plan's, and recovers it: {@link WaveRecovery}.
     *
     * @param id of the trial with an index
     * @param say takes a line about everything that is not as it was left
     * @return the waves that are committed then
     * @throws RefusedException if it holds the rows of another plan
     */
    public Manifests claim(PlanRecord record, String resolved, LongFunction<String> id, Consumer<String> say) {
        record.requireOwn(storage, names, say);
        Inventory found = new WaveRecovery(storage, store, tables, record, id, say).run();
        record.write(storage, resolved);
        claimed = Optional.of(found);
        return found.manifests();
    }

    /** The committed waves. */
    public Manifests committed() {
        return Manifests.of(storage, names, store.bundles());
    }

    /** A number for the next wave that no wave has or had, by the manifests and by the names of directories. */
    public int nextNumber(Manifests committed) {
        IntStream manifests = committed.waves().stream().mapToInt(Manifest::wave);
        IntStream directories = names.stream()
                .flatMap(table -> storage.list(table).stream())
                .flatMap(name -> WaveStore.number(name).stream())
                .mapToInt(Integer::intValue);
        return 1 + IntStream.concat(manifests, directories).max().orElse(-1);
    }

    /**
     * The files of the directory, held against the committed waves: as they were claimed for as long as no wave is
     * begun, else as they are now.
     */
    public Inventory inventory() {
        return claimed.orElseGet(() -> new Inventory(storage, committed()));
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
     * <p>They are written twice: as the tasks yield them, so that those of a task that is done outlast its executor;
     * then table by table, in as many files as their bytes ask for. The second time waits for a slot, which is long
     * where the batches of the next wave are: rows of one table from few tasks, no more than slots, are written once, a
     * file each.
     *
     * @param ids those of the wave's trials: each must have rows in the main table
     * @param rows in the form of {@link #type}
     * @return what commits the wave
     */
    public Manifest stage(Wave wave, List<String> ids, Dataset<Row> rows) {
        claimed = Optional.empty();
        int slots = rows.sparkSession().sparkContext().defaultParallelism();
        if (tables.size() == 1 && rows.rdd().getNumPartitions() <= Math.min(slots, FEW_FILES)) {
            return staged(wave, ids, rows);
        }
        String scratch = store.scratch(wave.index());
        write(rows, scratch);
        List<String> written = DataFiles.in(storage, scratch);
        long bytes = written.stream()
                .mapToLong(file -> DataFiles.bytes(storage, file))
                .sum();
        int files = Math.toIntExact(1 + bytes / FILE_BYTES);
        Dataset<Row> all = read(rows.sparkSession(), type(tables), written).coalesce(files);
        SparkContext spark = rows.sparkSession().sparkContext();
        spark.setLocalProperty(POOL, "commits");
        try {
            return staged(wave, ids, all);
        } finally {
            spark.setLocalProperty(POOL, null);
            store.drop(scratch);
        }
    }

    private Manifest staged(Wave wave, List<String> ids, Dataset<Row> all) {
        List<Manifest.Part> parts = new ArrayList<>();
        long failed = 0;
        for (Table<?> table : tables) {
            String name = table.name();
            String place = store.stage(name, wave.index());
            write(tables.size() == 1 ? all : all.filter(col(name).isNotNull()).select(name + ".*"), place);
            TrialRows found = checked(wave, ids, table, DataFiles.in(storage, place));
            failed += table == tables.get(0) ? found.failed().size() : 0;
            parts.add(WaveRecovery.part(
                    storage, name, found.rows(), DataFiles.in(storage, place), store.place(name, wave.index())));
        }
        return new Manifest(wave.index(), plan, wave.first(), wave.end(), failed, parts);
    }

    /**
     * A directory that cannot be made, on a full disk too, is told by Hadoop without a cause: then the room is looked
     * at.
     */
    private void write(Dataset<Row> rows, String place) {
        try {
            rows.write().option("compression", "zstd").parquet(storage.location(place));
        } catch (RuntimeException e) {
            if (!FullDisk.isBehind(e) && storage.room().orElse(Long.MAX_VALUE) < ROOM) {
                throw new UncheckedIOException(new IOException(FullDisk.WORDS, e));
            }
            throw e;
        }
    }

    /** A whole wave of the planned trials and of no others. */
    private TrialRows checked(Wave wave, List<String> planned, Table<?> table, List<String> files) {
        TrialRows found;
        try {
            found = TrialRows.of(storage, files, TrialRows.Columns.RESULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean main = table == tables.get(0);
        if (!table.isWhole(main, found.rows(), found.trials().size(), planned.size())
                || !new HashSet<>(planned).containsAll(found.trials())) {
            throw new IllegalStateException("wave %s was written with %s rows of %s trials%s, expected %s trials"
                    .formatted(
                            wave.index(),
                            found.rows(),
                            found.trials().size(),
                            main ? "" : " in " + table.name(),
                            planned.size()));
        }
        return found;
    }

    /**
     * Commits a staged wave: its files go to their places, those of the side tables first, and then its manifest.
     *
     * @param held throws if the directory is no longer this driver's
     */
    public void commit(Manifest wave, Runnable held) {
        claimed = Optional.empty();
        if (storage.movesDirectories()) {
            names.forEach(table -> storage.force(store.staged(table, wave.wave())));
        }
        for (int table = names.size() - 1; table >= 0; table--) {
            store.move(names.get(table), wave.wave());
        }
        held.run();
        long bytes = Manifests.publish(storage, wave);
        DiskJournal.forget(storage, wave);
        try {
            store.bundles().committed(wave, bytes);
        } catch (UncheckedIOException e) {
            System.err.printf(
                    "copies of manifests could not be written into %s; the next run writes them: %s%n",
                    storage.location(Manifests.DIRECTORY), e.getCause());
        }
    }

    /** Drops what was staged. */
    public void abandon() {
        store.abandon();
    }

    /** The committed rows of the main table. */
    public Dataset<Row> read(SparkSession spark) {
        return read(spark, tables.get(0).type(), committed().files(names.get(0)));
    }

    private Dataset<Row> read(SparkSession spark, StructType type, List<String> files) {
        String[] places =
                files.stream().map(file -> literal(storage.location(file))).toArray(String[]::new);
        return places.length == 0
                ? spark.createDataFrame(List.of(), type)
                : spark.read().schema(type).parquet(places);
    }

    /** A place that Spark takes as it is, and not as a pattern of several. */
    private static String literal(String place) {
        return place.replaceAll("[\\[\\]{}*?\\\\]", "\\\\$0");
    }
}
