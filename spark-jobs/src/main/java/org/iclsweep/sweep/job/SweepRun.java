package org.iclsweep.sweep.job;

import java.io.Serializable;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.FullDisk;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.Cost;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.DiskJournal;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Manifest;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.WaveTables;

/**
 * Runs the waves that a sweep's directory does not have yet, whatever the kind of the sweep.
 *
 * @param <S> the specification of the kind
 * @param <T> the trials of the kind
 */
public final class SweepRun<S extends Serializable, T extends PlannedTrial> {
    /** Tasks of a wave for each slot: trials are counted as done when their task ends. */
    private static final int TASKS_PER_SLOT = 8;

    private final SparkSession spark;
    private final SweepPlan<S, T> plan;
    private final WaveTables tables;
    private final StructType rowType;
    private final Slots slots;
    private final Optional<ResourceProfile> computing;
    private final StopSignal stop;
    private final Storage storage;
    private final TaskWatch watch;
    private final EarlyEnd end;
    private final LostExecutors lost = new LostExecutors(System.err);
    private final RunMetrics metrics;
    private final Lineage lineage;
    private final Instant began = Instant.now();
    private List<String> journalled = List.of();
    private Manifests there = Manifests.NONE;

    private SweepRun(SparkSession spark, SweepPlan<S, T> plan, StopSignal stop, Storage storage) {
        List<Table<?>> all = plan.experiment().schemas();
        this.spark = spark;
        this.plan = plan;
        this.tables = new WaveTables(storage, all, plan.digest());
        this.rowType = WaveTables.type(all);
        this.slots = Slots.of(spark.sparkContext(), plan.sweep().execution());
        this.computing = GpuStages.profile(spark.sparkContext().getConf());
        this.stop = stop;
        this.storage = storage;
        this.watch = new TaskWatch(spark.sparkContext(), storage);
        this.end = new EarlyEnd(plan.sweep().execution(), plan.size());
        this.lineage = Lineage.of(storage, plan, spark.version());
        this.metrics = new RunMetrics(plan.size(), plan.sweep().execution().maxFailedFraction(), lost::count);
    }

    /**
     * Runs the waves that are not committed.
     *
     * @throws WrongSettingException if the output cannot be written
     * @throws org.iclsweep.sweep.table.RefusedException if another driver is at work, or the directory has another plan
     */
    public static <S extends Serializable, T extends PlannedTrial> SweepOutcome run(
            SparkSession spark, SweepPlan<S, T> plan, StopSignal stop) {
        return run(spark, plan, stop, writable(plan.sweep().output()));
    }

    /** The output's directory, made if it is not there. */
    private static Storage writable(String output) {
        Storage storage = Storage.at(output);
        String probe = ".writable-" + UUID.randomUUID();
        try {
            storage.makeDirectory("");
            storage.create(probe, "");
            storage.delete(probe);
            return storage;
        } catch (UncheckedIOException e) {
            if (FullDisk.isBehind(e)) {
                throw e;
            }
            throw new WrongSettingException(
                    "sweep.output: %s cannot be written to (%s); choose another with --set sweep.output=DIR"
                            .formatted(output, e.getCause()),
                    e);
        }
    }

    /** The same with the output's storage given. */
    static <S extends Serializable, T extends PlannedTrial> SweepOutcome run(
            SparkSession spark, SweepPlan<S, T> plan, StopSignal stop, Storage storage) {
        SweepRun<S, T> run = new SweepRun<>(spark, plan, stop, storage);
        List<SparkListener> listeners = List.of(run.watch, run.lost);
        listeners.forEach(spark.sparkContext()::addSparkListener);
        try {
            return run.metrics.around(spark.sparkContext(), run::underLease);
        } finally {
            stop.over();
            listeners.forEach(spark.sparkContext()::removeSparkListener);
        }
    }

    private SweepOutcome underLease() {
        String application = plan.sweep().name() + " " + spark.sparkContext().applicationId();
        PlanRecord record = plan.record();
        return LeasedRun.of(
                storage,
                application,
                stop,
                record,
                () -> there = tables.claim(record, plan.sweep().resolved(), plan::id, System.err::println),
                tables::abandon,
                leased -> lineage.around(() -> waves(leased)));
    }

    private SweepOutcome waves(LeasedRun leased) {
        journalled = DiskJournal.entries(storage);
        Counts before = there.counts();
        RunProgress progress =
                new RunProgress(spark.sparkContext(), before, there.waves().size());
        metrics.follow(progress);
        WaveCutter cutter =
                new WaveCutter(there.uncovered(plan.size()), tables.nextNumber(there), plan::batchEnd, plan::work);
        CostAccount cost = new CostAccount(Cost.of(storage, plan.digest()), plan.size() - before.trials());
        beat(progress, leased);
        if (before.trials() < plan.size() && stop.requested().isEmpty()) {
            Preflight.require(spark.sparkContext(), computing, plan, slots);
        }
        Progress line = new Progress(
                System.err,
                plan.size(),
                before.trials(),
                () -> progress.now().finished().trials() - before.trials());
        Heartbeat heartbeat = new Heartbeat(() -> beat(progress, leased));
        try {
            new WaveLoop(SparkSettings.wavesInFlight(spark.conf()), stop, begun -> watch.leavesRoom(begun, slots()))
                    .run(
                            () -> cutter.next(slots(), SparkSettings.waveBatches(spark.conf(), slots()), seconds()),
                            wave -> settle(wave, cutter, progress, cost, leased));
        } finally {
            heartbeat.close();
            line.close();
        }
        return outcome(leased, progress);
    }

    /** The seconds that the next wave is to take. */
    private double seconds() {
        return Math.min(SparkSettings.waveSeconds(spark.conf()), end.secondsLeft(taken()));
    }

    private Duration taken() {
        return Duration.between(began, Instant.now());
    }

    /** Tells how far the sweep is, and ends it early if it has to. */
    private void beat(RunProgress progress, LeasedRun leased) {
        RunProgress.Snapshot now = progress.now();
        end.of(now.finished(), taken())
                .ifPresent(exit ->
                        stop.requestWithin(exit, () -> spark.sparkContext().cancelAllJobs()));
        try {
            leased.progress(now);
        } catch (UncheckedIOException e) {
            // the next one may do better; the end of the run is told in any case, or fails
        }
    }

    private void settle(Wave wave, WaveCutter cutter, RunProgress progress, CostAccount cost, LeasedRun leased) {
        TaskWatch.announce(spark.sparkContext(), wave);
        AttemptJournal.Note mark = mark(wave);
        FinishedBatches finished = progress.begin(wave);
        Optional<Manifest> settled = Optional.empty();
        try (mark) {
            settled = leased.settle(
                    () -> tables.stage(wave, plan.ids(wave), trials(wave, finished)),
                    staged -> tables.commit(staged, leased::requireHeld),
                    cause -> Failures.ofWave(wave, plan, cause));
            settled.ifPresent(lineage::committed);
            double seconds = finished.value().seconds();
            cutter.measured(cutter.work(wave.first(), wave.end()), seconds);
            if (settled.isPresent()) {
                cost.committed(wave.size(), seconds, slots(), cutter::secondsOfAll, taken());
                cost.write(leased);
            }
        } finally {
            progress.end(wave, settled);
        }
        beat(progress, leased);
    }

    /** A trial that takes down its process takes the driver along, where they are the same. */
    private AttemptJournal.Note mark(Wave wave) {
        return spark.sparkContext().isLocal()
                ? DiskJournal.beginWave(storage, wave, spark.sparkContext().applicationId())
                : () -> {};
    }

    private Dataset<Row> trials(Wave wave, FinishedBatches finished) {
        int batches = plan.batches(wave).size();
        TrialTask<S, T> task =
                new TrialTask<>(plan, wave, slots, spark.sparkContext().applicationId(), journalled, finished);
        Dataset<Row> rows = spark.range(0, batches, 1, tasks(batches)).mapPartitions(task, Encoders.row(rowType));
        return computing
                .map(profile -> spark.createDataFrame(rows.javaRDD().withResources(profile), rowType))
                .orElse(rows);
    }

    private int tasks(int batches) {
        int asked = plan.sweep().execution().tasksPerWave();
        return Math.min(batches, asked > 0 ? asked : TASKS_PER_SLOT * slots());
    }

    /** The task slots that there are now. */
    private int slots() {
        int cpus = spark.sparkContext().getConf().getInt("spark.task.cpus", 1);
        return Math.max(1, spark.sparkContext().defaultParallelism() / cpus);
    }

    /** The outcome by what is in the directory, and not by what this driver believes to have put there. */
    private SweepOutcome outcome(LeasedRun leased, RunProgress progress) {
        leased.progress(progress.now());
        Inventory inventory = tables.inventory();
        Counts counts = inventory.manifests().counts();
        inventory
                .strays(plan.experiment().tableNames())
                .forEach(path -> System.err.println(path + ": expected nothing here, found this; not counted"));
        Optional<ExitCode> stopped = stop.requested();
        if (stopped.isPresent() && counts.trials() < plan.size()) {
            return new SweepOutcome(stopped.get(), counts, end.message(stopped.get(), progress.now()));
        }
        List<String> faults = inventory.faults();
        faults.forEach(System.err::println);
        if (counts.trials() != plan.size() || !faults.isEmpty()) {
            return new SweepOutcome(
                    ExitCode.FAILED,
                    counts,
                    "%s of %s trials are committed, %s; run again to go on"
                            .formatted(counts.trials(), plan.size(), Inventory.summary(faults)));
        }
        double allowed = plan.sweep().execution().maxFailedFraction();
        if (counts.failed() > allowed * plan.size()) {
            return new SweepOutcome(
                    ExitCode.TOO_MANY_FAILED,
                    counts,
                    "%s of %s trials failed, more than max-failed-fraction = %s"
                            .formatted(counts.failed(), plan.size(), allowed));
        }
        DiskJournal.clear(storage);
        return new SweepOutcome(
                ExitCode.DONE, counts, "%s trials done, %s failed".formatted(counts.trials(), counts.failed()));
    }
}
