package org.iclsweep.sweep.job;

import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.TaskCompletionListener;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.TrialRunnerFactory;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.DiskJournal;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.TrialRow;
import org.iclsweep.sweep.table.TrialSchema;

/**
 * What one Spark task does: from the numbers of some of the wave's batches to the rows of their trials, batch by batch.
 */
record TrialTask(
        SweepPlan plan, Wave wave, TrialRunnerFactory runners, Slots slots, String application, LongAccumulator done)
        implements MapPartitionsFunction<Long, Row> {

    @Override
    public Iterator<Row> call(Iterator<Long> batchNumbers) {
        TaskContext context = TaskContext.get();
        Slot slot = slots.current();
        runners.preflight(plan.sweep(), slot); // an executor may have joined since the first one
        TrialRunner runner = runners.create(plan.sweep(), slot);
        TaskCompletionListener close = ended -> runner.close();
        context.addTaskCompletionListener(close);
        return new Rows(batchNumbers, slot, runner);
    }

    /** The rows, made as they are asked for: one batch is in memory at a time. */
    private final class Rows implements Iterator<Row> {
        private final Iterator<Long> batchNumbers;
        private final Slot slot;
        private final String device;
        private final BatchRun runs;
        private final DiskJournal journal;
        private final List<Batch> batches;
        private Iterator<Row> current = Collections.emptyIterator();

        Rows(Iterator<Long> batchNumbers, Slot slot, TrialRunner runner) {
            this.batchNumbers = batchNumbers;
            this.slot = slot;
            this.device = runner.device();
            this.journal = new DiskJournal(
                    Storage.at(plan.sweep().output()),
                    wave.index(),
                    application,
                    TaskContext.get().taskAttemptId());
            this.runs = new BatchRun(runner, journal);
            this.batches = plan.batches(wave);
        }

        @Override
        public boolean hasNext() {
            while (!current.hasNext() && batchNumbers.hasNext()) {
                current = rows(batches.get(Math.toIntExact(batchNumbers.next())));
            }
            return current.hasNext();
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return current.next();
        }

        private Iterator<Row> rows(Batch batch) {
            String unit = "batch-" + batch.first();
            int attempt = 1 + Math.max(TaskContext.get().attemptNumber(), journal.lost(unit));
            RunFacts facts =
                    new RunFacts(slot.executor(), device, slot.threads(), attempt, Instant.now(), CodeVersion.CURRENT);
            List<TrialOutcome> outcomes = runs.run(unit, plan.trials(batch));
            done.add(batch.size());
            return outcomes.stream().map(outcome -> row(outcome, facts)).iterator();
        }

        private Row row(TrialOutcome outcome, RunFacts facts) {
            String labels = plan.sweep().demonstrations().labels().configName();
            return TrialSchema.of(plan.sweep().kind())
                    .row(new TrialRow(plan.sweep().name(), labels, wave.index(), outcome, facts));
        }
    }
}
