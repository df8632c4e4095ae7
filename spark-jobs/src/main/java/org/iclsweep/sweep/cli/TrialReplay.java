package org.iclsweep.sweep.cli;

import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.RunFacts;

/**
 * One trial of a plan run again on the CPU, together with its batch: the bits of float32 depend on the batch's shape,
 * so that alone it would be another computation.
 */
record TrialReplay<S extends Serializable, T extends PlannedTrial>(SweepPlan<S, T> plan) {
    private static final Slot SLOT = new Slot("verify", "cpu", 1);
    private static final RunFacts FACTS = new RunFacts(SLOT.executor(), SLOT.device(), 1, 1, Instant.EPOCH, "");

    /** The rows of the trial {@code index} in the main table. */
    List<Row> rows(long index) {
        Batch batch = plan.batchOf(index);
        try (TrialRunner<T> runner =
                plan.experiment().runner(plan.sweep(), plan.experiment().device(plan.sweep(), SLOT))) {
            List<TrialOutcome> outcomes = new BatchRun<>(runner, NO_JOURNAL).run("replay", plan.trials(batch));
            int wave = (int) (index / plan.sweep().execution().waveTrials());
            TrialOutcome outcome = outcomes.get((int) (index - batch.first()));
            return plan.experiment().tables().get(0).rows(new Recorded(plan.sweep(), wave, outcome, FACTS));
        }
    }

    private static final AttemptJournal NO_JOURNAL = new AttemptJournal() {
        @Override
        public int lost(String unit) {
            return 0;
        }

        @Override
        public Note begin(String unit) {
            return () -> {};
        }
    };
}
