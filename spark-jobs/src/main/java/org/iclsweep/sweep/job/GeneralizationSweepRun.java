package org.iclsweep.sweep.job;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.iclsweep.sweep.experiment.generalization.GeneralizationPlan;
import org.iclsweep.sweep.experiment.generalization.GeneralizationRunner;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.GeneralizationTable;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.TrialTable.Counts;

/** Runs the trainings of a generalization sweep that its directory does not have yet, wave by wave, batch by batch. */
final class GeneralizationSweepRun {
    private static final String CPU = "cpu";

    private final SparkSession spark;
    private final GeneralizationPlan plan;
    private final StopSignal stop;
    private final LongAccumulator done;

    private GeneralizationSweepRun(SparkSession spark, GeneralizationPlan plan, StopSignal stop) {
        this.spark = spark;
        this.plan = plan;
        this.stop = stop;
        this.done = spark.sparkContext().longAccumulator("trainings done");
    }

    static SweepOutcome run(SparkSession spark, GeneralizationPlan plan, StopSignal stop) {
        return new GeneralizationSweepRun(spark, plan, stop).underLease();
    }

    private SweepOutcome underLease() {
        Storage storage = OutputDirectory.writable(plan.sweep().output());
        String application = plan.sweep().name() + " " + spark.sparkContext().applicationId();
        GeneralizationTable table = GeneralizationTable.at(storage);
        return LeasedRun.of(
                storage, application, stop, () -> table.claim(plan), table::abandon, tenure -> waves(table, tenure));
    }

    private SweepOutcome waves(GeneralizationTable table, LeasedRun tenure) {
        Counts before = table.counts(spark);
        tenure.progress(before, table.committed().size());
        Progress progress = new Progress(System.err, plan.sweep().size(), before.trials(), done::value);
        try {
            Iterator<Wave> left = plan.without(table.committed()).iterator();
            while (left.hasNext() && stop.requested().isEmpty()) {
                Wave wave = left.next();
                tenure.settle(
                        () -> staged(table, wave),
                        () -> table.commit(wave),
                        cause -> Failures.ofTrainings(wave, cause));
                tenure.progress(table.counts(spark), table.committed().size());
            }
            return outcome(stop.requested(), table.counts(spark));
        } finally {
            progress.close();
        }
    }

    /** The rows are kept while they are written to three tables: a training is run once. */
    private Wave staged(GeneralizationTable table, Wave wave) {
        Dataset<Row> rows = rows(wave).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            table.stage(wave, rows);
            return wave;
        } finally {
            rows.unpersist();
        }
    }

    private Dataset<Row> rows(Wave wave) {
        int batches = plan.batches(wave).size();
        MapPartitionsFunction<Long, Row> training = batchTask(plan, wave, done);
        return spark.range(0, batches, 1, batches)
                .mapPartitions(training, Encoders.row(GeneralizationTable.WAVE_SCHEMA));
    }

    /** What a Spark task does: from the numbers of batches to the rows of their trainings. */
    private static MapPartitionsFunction<Long, Row> batchTask(
            GeneralizationPlan plan, Wave wave, LongAccumulator done) {
        return numbers -> {
            TaskContext context = TaskContext.get();
            // Trainings compute on the CPU.
            GeneralizationRunner runner = new GeneralizationRunner(plan.sweep(), CPU);
            List<Batch> batches = plan.batches(wave);
            List<Row> rows = new ArrayList<>();
            while (numbers.hasNext()) {
                Batch batch = batches.get(Math.toIntExact(numbers.next()));
                RunFacts facts = new RunFacts(
                        SparkEnv.get().executorId(),
                        CPU,
                        1,
                        context.attemptNumber() + 1L,
                        Instant.now(),
                        CodeVersion.CURRENT);
                runner.run(plan.trials(batch))
                        .forEach(result ->
                                rows.addAll(GeneralizationTable.rows(plan.sweep(), wave.index(), result, facts)));
                done.add(batch.size());
            }
            return rows.iterator();
        };
    }

    private SweepOutcome outcome(Optional<ExitCode> stopped, Counts counts) {
        long planned = plan.sweep().size();
        if (stopped.isPresent() && counts.trials() < planned) {
            return new SweepOutcome(
                    stopped.get(),
                    counts,
                    "stopped after %d of %d trainings; run again to go on".formatted(counts.trials(), planned));
        }
        boolean tooMany = counts.failed() > plan.sweep().maxFailedFraction() * planned;
        return new SweepOutcome(
                tooMany ? ExitCode.TOO_MANY_FAILED : ExitCode.DONE,
                counts,
                "%d trainings done, %d failed".formatted(counts.trials(), counts.failed()));
    }
}
