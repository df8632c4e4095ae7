package org.iclsweep.sweep.job;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.config.TrainingSweep;
import org.iclsweep.sweep.config.TrainingTrial;
import org.iclsweep.sweep.table.CurveRow;
import org.iclsweep.sweep.table.CurveTable;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.TrialTable.Counts;
import org.iclsweep.sweep.trial.Slot;
import org.iclsweep.sweep.trial.TrainingTrialRunner;

/** Runs the trainings of a sweep that its directory does not have yet, each on an executor, each a wave. */
final class TrainingSweepRun {
    private TrainingSweepRun() {}

    static SweepOutcome run(SparkSession spark, TrainingSweep sweep, StopSignal stop) {
        Storage storage = Storage.at(sweep.output());
        storage.makeDirectory("");
        String application = sweep.name() + " " + spark.sparkContext().applicationId();
        try (Lease lease = Lease.take(storage, application, Lease.Terms.STANDARD, Clock.systemUTC())) {
            CurveTable table = CurveTable.at(storage);
            table.claim(sweep);
            int failed = 0;
            for (TrainingTrial trial : sweep.trials()) {
                if (!table.committed().contains(trial.index())) {
                    if (stop.requested().isPresent()) {
                        return outcome(stop.requested(), sweep, table, failed);
                    }
                    lease.requireHeld();
                    failed += table.commit(trial.index(), curve(spark, sweep, trial)) ? 1 : 0;
                    System.err.printf(
                            "%d of %d trainings%n",
                            table.committed().size(), sweep.trials().size());
                }
            }
            return outcome(Optional.empty(), sweep, table, failed);
        }
    }

    private static org.apache.spark.sql.Dataset<Row> curve(
            SparkSession spark, TrainingSweep sweep, TrainingTrial trial) {
        MapPartitionsFunction<Long, Row> training = ignored -> rows(sweep, trial);
        return spark.range(0, 1, 1, 1).mapPartitions(training, Encoders.row(CurveTable.SCHEMA));
    }

    private static Iterator<Row> rows(TrainingSweep sweep, TrainingTrial trial) {
        TaskContext context = TaskContext.get();
        Slot slot = TrialTask.slot(context, 1);
        RunFacts facts = new RunFacts(
                slot.executor(), slot.device(), context.attemptNumber() + 1L, Instant.now(), CodeVersion.CURRENT);
        String model = sweep.model();
        List<Row> rows = new ArrayList<>();
        new TrainingTrialRunner(sweep)
                .run(trial)
                .forEach(point -> rows.add(CurveTable.row(new CurveRow(sweep.name(), model, trial, point, facts))));
        return rows.iterator();
    }

    private static SweepOutcome outcome(Optional<ExitCode> stopped, TrainingSweep sweep, CurveTable table, int failed) {
        int done = table.committed().size();
        Counts counts = new Counts(done, failed);
        return stopped.map(exit -> new SweepOutcome(
                        exit,
                        counts,
                        "stopped after %d of %d trainings; run again to go on"
                                .formatted(done, sweep.trials().size())))
                .orElseGet(() -> new SweepOutcome(
                        ExitCode.DONE, counts, "%d trainings done, %d diverged".formatted(done, failed)));
    }
}
