package org.iclsweep.sweep.job;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.experiment.training.TrainingSweep;
import org.iclsweep.sweep.experiment.training.TrainingTrial;
import org.iclsweep.sweep.experiment.training.TrainingTrialRunner;
import org.iclsweep.sweep.table.CurveRow;
import org.iclsweep.sweep.table.CurveTable;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.TrialTable.Counts;

/** Runs the trainings of a sweep that its directory does not have yet, each on an executor, each a wave. */
final class TrainingSweepRun {
    private TrainingSweepRun() {}

    static SweepOutcome run(SparkSession spark, TrainingSweep sweep, StopSignal stop) {
        Storage storage = OutputDirectory.writable(sweep.output());
        String application = sweep.name() + " " + spark.sparkContext().applicationId();
        CurveTable table = CurveTable.at(storage);
        return LeasedRun.of(
                storage,
                application,
                stop,
                () -> table.claim(sweep),
                table::abandon,
                tenure -> trainings(spark, sweep, stop, table, tenure));
    }

    private static SweepOutcome trainings(
            SparkSession spark, TrainingSweep sweep, StopSignal stop, CurveTable table, LeasedRun tenure) {
        tenure.progress(table.counts(spark), table.committed().size());
        for (TrainingTrial trial : sweep.trials()) {
            if (!table.committed().contains(trial.index())) {
                if (stop.requested().isPresent()) {
                    break;
                }
                tenure.settle(
                        () -> table.stage(trial.index(), curve(spark, sweep, trial)),
                        () -> table.commit(trial.index()),
                        cause -> Failures.ofTraining(trial, cause));
                Counts counts = table.counts(spark);
                tenure.progress(counts, table.committed().size());
                System.err.printf(
                        "%d of %d trainings%n", counts.trials(), sweep.trials().size());
            }
        }
        return outcome(stop.requested(), sweep, table.counts(spark));
    }

    private static org.apache.spark.sql.Dataset<Row> curve(
            SparkSession spark, TrainingSweep sweep, TrainingTrial trial) {
        MapPartitionsFunction<Long, Row> training = ignored -> rows(sweep, trial);
        return spark.range(0, 1, 1, 1).mapPartitions(training, Encoders.row(CurveTable.SCHEMA));
    }

    private static Iterator<Row> rows(TrainingSweep sweep, TrainingTrial trial) {
        TaskContext context = TaskContext.get();
        // Trainings compute on the CPU.
        RunFacts facts = new RunFacts(
                SparkEnv.get().executorId(),
                "cpu",
                1,
                context.attemptNumber() + 1L,
                Instant.now(),
                CodeVersion.CURRENT);
        String model = sweep.model();
        List<Row> rows = new ArrayList<>();
        TrainingTrialRunner.run(trial)
                .forEach(point -> rows.add(CurveTable.row(new CurveRow(sweep.name(), model, trial, point, facts))));
        return rows.iterator();
    }

    private static SweepOutcome outcome(Optional<ExitCode> stopped, TrainingSweep sweep, Counts counts) {
        int planned = sweep.trials().size();
        if (stopped.isPresent() && counts.trials() < planned) {
            return new SweepOutcome(
                    stopped.get(),
                    counts,
                    "stopped after %d of %d trainings; run again to go on".formatted(counts.trials(), planned));
        }
        double allowed = ExecutionSpec.DEFAULTS.maxFailedFraction();
        ExitCode exit = counts.failed() > allowed * planned ? ExitCode.TOO_MANY_FAILED : ExitCode.DONE;
        return new SweepOutcome(
                exit, counts, "%d trainings done, %d diverged".formatted(counts.trials(), counts.failed()));
    }
}
