package org.iclsweep.sweep.table;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.conversion.ConversionColumns;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaveTablesTest {
    private static final RunFacts FACTS =
            new RunFacts("driver", "cpu", 1, 1, Instant.parse("2026-01-01T12:00:00.5Z"), "test", false);

    private static final Runnable HELD = () -> {};

    @TempDir
    private Path directory;

    /** As a version before wrote it that did not have the column yet. */
    @Test
    void aWaveWithoutAColumnThatWasAddedLaterIsReadWithNothingInIt() throws IOException, SQLException {
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.in(directory).plan();
        WaveTables table = new WaveTables(new LocalStorage(directory), List.of(ConversionColumns.TABLE), "0");
        Dataset<Row> rows = LocalSpark.session()
                .createDataFrame(rows(ArithmeticRunners.SOUND), ConversionColumns.TABLE.type())
                .withColumn("added_flops", lit(5L));
        table.commit(table.stage(new Wave(0, 0, 12), plan.ids(new Wave(0, 0, 12)), rows), HELD);
        rows.drop("added_flops")
                .write()
                .parquet(directory.resolve("trials/wave=000001").toString());
        Storage storage = new LocalStorage(directory);
        List<String> files = DataFiles.in(storage, "trials/wave=000001");
        Manifest.Part part = WaveRecovery.part(storage, "trials", 12, files, "trials/wave=000001");
        Manifests.publish(storage, new Manifest(1, "0", 12, 24, 0, List.of(part)));

        Dataset<Row> read = table.read(LocalSpark.session());
        assertThat(read.filter("added_flops = 5").count()).isEqualTo(12);
        assertThat(read.filter("added_flops IS NULL").count()).isEqualTo(12);
        String sql =
                "SELECT count(*), count(added_flops) FROM read_parquet('%s/trials/*/*.parquet', union_by_name = true)";
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = duckdb.createStatement().executeQuery(sql.formatted(directory))) {
            result.next();
            assertThat(result.getLong(1)).isEqualTo(24);
            assertThat(result.getLong(2)).isEqualTo(12);
        }
    }

    @ParameterizedTest(name = "{0} of each trial but the first, which has {1}")
    @CsvSource({"2, 1, 23 rows of 12 trials", "1, 2, 13 rows of 12 trials", "1, 0, 11 rows of 11 trials"})
    void aWaveThatHasATrialTwiceOrLacksOneIsRefused(int others, int first, String found) throws IOException {
        List<Row> rows = rows(ArithmeticRunners.SOUND);
        List<Row> written = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            written.addAll(Collections.nCopies(i == 0 ? first : others, rows.get(i)));
        }
        WaveTables table = new WaveTables(new LocalStorage(directory), List.of(ConversionColumns.TABLE), "0");
        List<String> ids = SweepFiles.in(directory).plan().ids(new Wave(0, 0, 12));
        Dataset<Row> wave = LocalSpark.session().createDataFrame(written, ConversionColumns.TABLE.type());
        assertThatThrownBy(() -> table.stage(new Wave(0, 0, 12), ids, wave))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("wave 0 was written with %s, expected 12 trials", found);
        assertThat(table.committed().waves()).isEmpty();
    }

    @Test
    void whatIsWrittenIsRead() throws IOException, SQLException {
        Wave wave = new Wave(0, 0, 12);
        WaveTables table = new WaveTables(new LocalStorage(directory), List.of(ConversionColumns.TABLE), "0");
        List<Row> written = rows(ArithmeticRunners.SOUND.withFailing(3L));

        Manifest staged = table.stage(
                wave,
                SweepFiles.in(directory).plan().ids(wave),
                LocalSpark.session()
                        .createDataFrame(written, ConversionColumns.TABLE.type())
                        .repartition(5));
        assertThat(staged.counts()).isEqualTo(new Counts(12, 1));
        assertThat(staged.files()).as("few bytes, one file").hasSize(1);
        assertThat(table.read(LocalSpark.session()).count())
                .as("staged is not committed")
                .isZero();
        table.commit(staged, HELD);

        List<Row> read =
                table.read(LocalSpark.session()).sort("max_abs_logit_error").collectAsList();
        assertThat(read).hasSize(12);
        Row failed = read.get(0);
        assertThat(failed.<String>getAs("status")).isEqualTo("failed");
        Row first = read.get(1);
        assertThat(first.<String>getAs("model")).isEqualTo("random-linear_llama-16x2");
        assertThat(first.<Row>getAs("run").<String>getAs("device")).isEqualTo("cpu");
        assertThat(first.getList(first.fieldIndex("flags")).toString()).isEqualTo("[[ILL_CONDITIONED,1,1.0E-7]]");
        assertThat(first.getList(first.fieldIndex("predictions")).toString()).isEqualTo("[[7,a,b,a,null,0.5,null]]");
        assertThat(first.getList(first.fieldIndex("layers")).toString()).isEqualTo("[[0,3.5,0.0]]");

        String sql = """
                SELECT count(*), sum(shots), max(len(demonstration_ids)), min(run.started_at)::VARCHAR, any_value(wave)
                FROM read_parquet('%s/trials/*/*.parquet', hive_partitioning = true, union_by_name = true)
                """.formatted(directory);
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = duckdb.createStatement().executeQuery(sql)) {
            result.next();
            assertThat(result.getLong(1)).isEqualTo(12);
            assertThat(result.getLong(2)).isEqualTo(62);
            assertThat(result.getLong(3)).isEqualTo(16);
            assertThat(result.getString(4)).startsWith("2026-01-01 12:00:00.5");
        }
    }

    /** A second job would wait for a slot behind the next wave's batches, and a kill would cost the wave meanwhile. */
    @ParameterizedTest(name = "{0} tasks on two slots: {1} jobs, {2} files")
    @CsvSource({"1, 1, 1", "2, 1, 2", "3, 2, 1"})
    void aWaveOfNoMoreTasksThanSlotsIsWrittenByOneJob(int tasks, int jobs, int files) throws IOException {
        Wave wave = new Wave(0, 0, 12);
        WaveTables table = new WaveTables(new LocalStorage(directory), List.of(ConversionColumns.TABLE), "0");
        Dataset<Row> rows = LocalSpark.session()
                .range(0, 12, 1, tasks)
                .mapPartitions(
                        new Numbered(rows(ArithmeticRunners.SOUND)), Encoders.row(ConversionColumns.TABLE.type()));
        SparkContext spark = LocalSpark.session().sparkContext();
        String group = "tasks-" + tasks;
        spark.setJobGroup(group, group, false);
        Manifest staged = table.stage(wave, SweepFiles.in(directory).plan().ids(wave), rows);
        spark.clearJobGroup();

        assertThat(staged.counts()).isEqualTo(new Counts(12, 0));
        assertThat(staged.files()).hasSize(files);
        assertThat(spark.statusTracker().getJobIdsForGroup(group)).hasSize(jobs);
    }

    private record Numbered(List<Row> rows) implements MapPartitionsFunction<Long, Row> {
        @Override
        public Iterator<Row> call(Iterator<Long> numbers) {
            List<Row> here = new ArrayList<>();
            numbers.forEachRemaining(number -> here.add(rows.get(number.intValue())));
            return here.iterator();
        }
    }

    private List<Row> rows(ArithmeticRunners runners) throws IOException {
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.in(directory).plan();
        DiskJournal journal = DiskJournal.of(
                () -> new LocalStorage(directory),
                new DiskJournal.Attempt(new Wave(0, 0, 12), 0, "local-1", 1),
                List.of());
        List<TrialOutcome> outcomes = new BatchRun<>(runners.runner(plan.sweep(), Device.cpu()), journal)
                .run("batch-0", LongStream.range(0, 12).mapToObj(plan::trial).toList());
        return outcomes.stream()
                .map(outcome -> ConversionColumns.TABLE.row(new TrialRow("test", "gold", 0, outcome, FACTS)))
                .toList();
    }
}
