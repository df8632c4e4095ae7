package org.iclsweep.sweep.job;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.conversion.ConversionColumns;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveTables;

/** The committed rows of a directory in the form in which tests compare them, and the settings that made them. */
final class SweepRows {
    private SweepRows() {}

    static SweepPlan<GridSpecification, Trial> plan(Path directory, String output, String[] settings, String... more)
            throws IOException {
        return SweepFiles.in(directory)
                .plan(settings(directory, output, settings, more).toArray(String[]::new));
    }

    static List<String> settings(Path directory, String output, String[] settings, String... more) {
        List<String> all = new ArrayList<>(Arrays.asList(settings));
        all.addAll(Arrays.asList(more));
        all.add("sweep.output=" + SweepFiles.in(directory).output().resolve(output));
        return all;
    }

    /** The command line of a driver. */
    static String[] arguments(Path directory, String master, List<String> settings) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of(SweepFiles.in(directory).configuration().toString(), "--master", master));
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return arguments.toArray(String[]::new);
    }

    static Dataset<Row> read(Path output) {
        return read(Storage.at(output.toString()));
    }

    static Dataset<Row> read(Storage storage) {
        return new WaveTables(storage, List.of(ConversionColumns.TABLE), "").read(LocalSpark.session());
    }

    /** The rows in everything but {@code run} and {@code wave_index}, sorted. */
    static List<String> content(Path output, String condition) {
        return sorted(read(output).filter(condition).drop("run", "wave_index"));
    }

    /** The same of all rows, wherever they are. */
    static List<String> content(Storage storage) {
        return sorted(read(storage).drop("run", "wave_index"));
    }

    /** All rows of all tables of a sweep in everything but {@code run} and {@code wave_index}, sorted. */
    static List<String> ofAllTables(SweepPlan<?, ?> plan) {
        List<String> rows = new ArrayList<>();
        for (ResultTable<?> result : plan.experiment().tables()) {
            String table = result.table().name();
            for (Row row : LocalSpark.session()
                    .read()
                    .schema(result.table().type())
                    .parquet(Path.of(plan.sweep().output()).resolve(table).toString())
                    .drop("run", "wave_index", "wave")
                    .collectAsList()) {
                rows.add(table + row);
            }
        }
        return rows.stream().sorted().toList();
    }

    /** Rows as text, sorted. */
    static List<String> sorted(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    /** The rows of a wave in everything but {@code run} and {@code wave_index}, table by table. */
    static List<String> ofWave(SweepPlan<?, ?> plan, int wave) throws SQLException {
        List<String> rows = new ArrayList<>();
        for (ResultTable<?> each : plan.experiment().tables()) {
            String files = "%s/%s/wave=%06d/*.parquet"
                    .formatted(plan.sweep().output(), each.table().name(), wave);
            rows.addAll(query(
                    "SELECT CAST(t AS VARCHAR) FROM (SELECT * EXCLUDE (run, wave_index) FROM read_parquet('%s')) t ORDER BY 1"
                            .formatted(files)));
        }
        return rows;
    }

    /** The committed waves of a directory. */
    static Manifests manifests(Storage storage) {
        return Manifests.of(
                storage,
                PlanRecord.read(storage)
                        .flatMap(plan -> Experiments.named(plan.kind()))
                        .map(Experiment::tableNames)
                        .orElse(List.of("trials")));
    }

    /** The numbers of the committed waves. */
    static Set<Integer> committed(Storage storage) {
        return manifests(storage).numbers();
    }

    /** The files and directories beside those of committed waves. */
    static List<String> strays(SweepPlan<?, ?> plan) {
        Storage storage = Storage.at(plan.sweep().output());
        return new Inventory(storage, manifests(storage))
                .strays(plan.experiment().tableNames());
    }

    /** The first column of an answer of DuckDB. */
    static List<String> query(String sql) throws SQLException {
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = duckdb.createStatement().executeQuery(sql)) {
            List<String> answer = new ArrayList<>();
            while (result.next()) {
                answer.add(result.getString(1));
            }
            return answer;
        }
    }

    /** Makes the lease that of a process that is gone, whose id was given to another one. */
    static void forgetTheProcess(Storage storage) {
        storage.read("lease.json")
                .filter(lease -> !lease.isBlank())
                .ifPresent(lease -> storage.replace(
                        "lease.json", lease.replaceAll("\"start_ticks\" : \"[^\"]*\"", "\"start_ticks\" : \"1\"")));
    }

    /** The directories of waves that are not committed. */
    static List<String> staged(Path output) {
        return Storage.at(output.toString()).list("").stream()
                .filter(name -> name.startsWith(".staging") || name.startsWith(".abandoned"))
                .toList();
    }
}
