package org.iclsweep.sweep.job;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.run.TrialRunnerFactory;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.TrialSchema;
import org.iclsweep.sweep.table.TrialTable;
import org.iclsweep.sweep.table.TrialTable.Counts;

/** Runs what a sweep's directory does not have yet, wave by wave. */
public final class SweepRun {
    /** Tasks of a wave for each slot: what is done is counted when a task ends. */
    private static final int TASKS_PER_SLOT = 8;

    private final SparkSession spark;
    private final SweepPlan plan;
    private final TrialRunnerFactory runners;
    private final Slots slots;
    private final Optional<ResourceProfile> computing;
    private final StopSignal stop;
    private final Storage storage;
    private final TaskWatch watch;
    private final LongAccumulator done;

    private SweepRun(SparkSession spark, SweepPlan plan, TrialRunnerFactory runners, StopSignal stop, Storage storage) {
        this.spark = spark;
        this.plan = plan;
        this.runners = runners;
        this.slots = Slots.of(spark.sparkContext(), plan.sweep().execution());
        this.computing = GpuStages.profile(spark.sparkContext().getConf());
        this.stop = stop;
        this.storage = storage;
        this.watch = new TaskWatch(spark.sparkContext(), storage);
        this.done = spark.sparkContext().longAccumulator("trials done");
    }

    /**
     * Runs the waves that are not committed.
     *
     * @throws WrongSettingException if the output cannot be written
     * @throws org.iclsweep.sweep.table.RefusedException if another driver is at work, or the directory has another plan
     */
    public static SweepOutcome run(SparkSession spark, SweepPlan plan, TrialRunnerFactory runners, StopSignal stop) {
        SweepRun run = new SweepRun(
                spark,
                plan,
                runners,
                stop,
                OutputDirectory.writable(plan.sweep().output()));
        List<SparkListener> listeners = List.of(run.watch, new LostExecutors(System.err));
        listeners.forEach(spark.sparkContext()::addSparkListener);
        try {
            return run.underLease();
        } finally {
            listeners.forEach(spark.sparkContext()::removeSparkListener);
        }
    }

    private SweepOutcome underLease() {
        String application = plan.sweep().name() + " " + spark.sparkContext().applicationId();
        TrialTable table = TrialTable.at(storage, TrialSchema.of(plan.sweep().kind()));
        return LeasedRun.of(
                storage, application, stop, () -> table.claim(plan), table::abandon, tenure -> waves(table, tenure));
    }

    private SweepOutcome waves(TrialTable table, LeasedRun tenure) {
        Set<Integer> committed = table.committedWaves();
        Counts counts = committed.isEmpty() ? Counts.NONE : table.counts(spark);
        tenure.progress(counts, committed.size());
        if (committed.size() < plan.waves()) {
            preflight();
        }
        Progress progress = new Progress(System.err, plan.size(), counts.trials(), done::value);
        try {
            Iterator<Wave> left = plan.without(committed).iterator();
            while (left.hasNext() && stop.requested().isEmpty()) {
                Wave wave = left.next();
                watch.watch(wave);
                Optional<Counts> settled = tenure.settle(
                        () -> table.stage(plan, wave, trials(wave)),
                        () -> table.commit(wave),
                        cause -> Failures.ofWave(wave, plan, cause));
                if (settled.isPresent()) {
                    counts = counts.plus(settled.get());
                    tenure.progress(counts, table.committedWaves().size());
                }
            }
            return outcome(counts);
        } finally {
            progress.close();
        }
    }

    private Dataset<Row> trials(Wave wave) {
        int batches = plan.batches(wave).size();
        TrialTask task =
                new TrialTask(plan, wave, runners, slots, spark.sparkContext().applicationId(), done);
        StructType schema = TrialSchema.of(plan.sweep().kind()).type();
        Dataset<Row> rows = spark.range(0, batches, 1, tasks(batches)).mapPartitions(task, Encoders.row(schema));
        return computing
                .map(profile -> spark.createDataFrame(rows.javaRDD().withResources(profile), schema))
                .orElse(rows);
    }

    private int tasks(int batches) {
        int asked = plan.sweep().execution().tasksPerWave();
        int slots = spark.sparkContext().defaultParallelism();
        return Math.min(batches, asked > 0 ? asked : TASKS_PER_SLOT * slots);
    }

    /** Whether the executors can run trials at all, before any work is done. */
    private void preflight() {
        List<String> missing;
        try {
            missing = EverySlot.of(spark.sparkContext(), computing)
                    .map(new Preflight(plan.sweep(), runners, slots))
                    .collect();
        } catch (Exception e) { // Spark throws its checked exceptions without declaring them
            throw Failures.ofPreflight(e);
        }
        String all = missing.stream().filter(text -> !text.isEmpty()).distinct().collect(Collectors.joining("\n"));
        if (!all.isEmpty()) {
            throw new UnfitMachineException(all);
        }
    }

    /** What an executor lacks; nothing, if it can run trials. An answer and no exception: Spark would try it again. */
    private record Preflight(SweepConfiguration sweep, TrialRunnerFactory runners, Slots slots)
            implements Function<Integer, String> {
        @Override
        public String call(Integer number) {
            try {
                runners.preflight(sweep, slots.current());
                return "";
            } catch (UnfitMachineException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    private SweepOutcome outcome(Counts counts) {
        Optional<ExitCode> stopped = stop.requested();
        if (stopped.isPresent() && counts.trials() < plan.size()) {
            return new SweepOutcome(
                    stopped.get(),
                    counts,
                    "stopped after %d of %d trials; run again to go on".formatted(counts.trials(), plan.size()));
        }
        double fraction = counts.failed() / (double) plan.size();
        double allowed = plan.sweep().execution().maxFailedFraction();
        if (fraction > allowed) {
            return new SweepOutcome(
                    ExitCode.TOO_MANY_FAILED,
                    counts,
                    "%d of %d trials failed, more than sweep.execution.max-failed-fraction = %s"
                            .formatted(counts.failed(), plan.size(), allowed));
        }
        return new SweepOutcome(
                ExitCode.DONE, counts, "%d trials done, %d failed".formatted(counts.trials(), counts.failed()));
    }
}
