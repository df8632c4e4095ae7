package org.iclsweep.sweep.cli;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.TrialRow;

/**
 * One trial of a plan run again, together with its batch: the bits of float32 depend on the batch's shape, so that
 * alone it would be another computation.
 */
record TrialReplay(SweepPlan plan, TrialRunner runner) {
    private static final RunFacts FACTS = new RunFacts("verify", "cpu", 1, 1, Instant.EPOCH, "");

    /** The index of the trial with this id; empty if the plan has none. */
    static OptionalLong indexOf(SweepPlan plan, String id) {
        return LongStream.range(0, plan.size())
                .filter(index -> plan.id(index).equals(id))
                .findFirst();
    }

    /** The source of the row of the trial {@code index}. */
    TrialRow row(long index) {
        Wave wave = plan.wave((int) (index / plan.sweep().execution().waveTrials()));
        Batch batch = plan.batches(wave).stream()
                .filter(any -> any.first() <= index && index < any.end())
                .findFirst()
                .orElseThrow();
        List<TrialOutcome> outcomes = new BatchRun(runner, NO_JOURNAL).run("replay", plan.trials(batch));
        return new TrialRow(
                plan.sweep().name(),
                plan.sweep().demonstrations().labels().configName(),
                wave.index(),
                outcomes.get((int) (index - batch.first())),
                FACTS);
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
