package org.iclsweep.sweep.job;

import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.DiskJournal;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveTables;

/**
 * A Spark task of any kind of sweep: from the numbers of some of the wave's batches to the rows of their trials, batch
 * by batch.
 *
 * @param journalled the entries of the journal that there were when the run began
 */
record TrialTask<S extends Serializable, T extends PlannedTrial>(
        SweepPlan<S, T> plan,
        Wave wave,
        Slots slots,
        String application,
        List<String> journalled,
        FinishedBatches finished)
        implements MapPartitionsFunction<Long, Row> {

    @Override
    public Iterator<Row> call(Iterator<Long> batchNumbers) {
        TaskContext context = TaskContext.get();
        Slot slot = slots.current();
        TaskDevice device =
                plan.experiment().device(plan.sweep(), slot); // an executor may have joined since the first one
        TrialRunner<T> runner = plan.experiment().runner(plan.sweep(), device.device());
        TaskCompletionListener close = ended -> runner.close();
        context.addTaskCompletionListener(close);
        return new Rows(batchNumbers, slot, device, runner);
    }

    /** The rows, made as they are asked for: one batch is in memory at a time. */
    private final class Rows implements Iterator<Row> {
        private final Iterator<Long> batchNumbers;
        private final Slot slot;
        private final TaskDevice device;
        private final BatchRun<T> runs;
        private final DiskJournal journal;
        private final List<Batch> batches;
        private final List<ResultTable<?>> tables;
        private Iterator<Row> current = Collections.emptyIterator();

        Rows(Iterator<Long> batchNumbers, Slot slot, TaskDevice device, TrialRunner<T> runner) {
            this.batchNumbers = batchNumbers;
            this.slot = slot;
            this.device = device;
            this.journal = journal(TaskContext.get());
            this.runs = new BatchRun<>(runner, journal);
            this.batches = plan.batches(wave);
            this.tables = plan.experiment().tables();
        }

        /** Only an attempt behind the first looks for what has become of those before it. */
        private DiskJournal journal(TaskContext task) {
            Supplier<Storage> storage = () -> Storage.at(plan.sweep().output());
            boolean first = task.attemptNumber() == 0 && task.stageAttemptNumber() == 0;
            return DiskJournal.of(
                    storage,
                    new DiskJournal.Attempt(wave, task.partitionId(), application, task.taskAttemptId()),
                    first ? journalled : DiskJournal.entries(storage.get()));
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
            String unit = DiskJournal.unit(batch);
            int attempt = 1 + Math.max(TaskContext.get().attemptNumber(), journal.lost(unit));
            RunFacts facts = new RunFacts(
                    slot.executor(),
                    device.name(),
                    slot.threads(),
                    attempt,
                    Instant.now(),
                    CodeVersion.CURRENT,
                    slots.lackGpus() || device.lack().isPresent());
            long began = System.nanoTime();
            List<TrialOutcome> outcomes = runs.run(unit, plan.trials(batch));
            List<Row> rows = new ArrayList<>();
            List<Row> ofTrials = new ArrayList<>();
            for (TrialOutcome outcome : outcomes) {
                Recorded recorded = new Recorded(plan.sweep(), wave.index(), outcome, facts);
                for (int position = 0; position < tables.size(); position++) {
                    List<Row> own = tables.get(position).rows(recorded);
                    if (position == 0) {
                        ofTrials.add(own.get(0));
                    }
                    for (Row row : own) {
                        rows.add(WaveTables.wrapped(row, position, tables.size()));
                    }
                }
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            finished.add(FinishedBatches.Finished.of(
                    batch.first(), tables.get(0).table().type(), ofTrials, seconds));
            return rows.iterator();
        }
    }
}
