package org.iclsweep.sweep.job;

import ai.djl.Device;
import java.io.Serializable;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
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
 */
record TrialTask<S extends Serializable, T extends PlannedTrial>(
        SweepPlan<S, T> plan, Wave wave, Slots slots, String application, LongAccumulator done)
        implements MapPartitionsFunction<Long, Row> {

    @Override
    public Iterator<Row> call(Iterator<Long> batchNumbers) {
        TaskContext context = TaskContext.get();
        Slot slot = slots.current();
        Device device = plan.experiment().device(plan.sweep(), slot); // an executor may have joined since the first one
        TrialRunner<T> runner = plan.experiment().runner(plan.sweep(), device);
        TaskCompletionListener close = ended -> runner.close();
        context.addTaskCompletionListener(close);
        return new Rows(batchNumbers, slot, device, runner);
    }

    /** The rows, made as they are asked for: one batch is in memory at a time. */
    private final class Rows implements Iterator<Row> {
        private final Iterator<Long> batchNumbers;
        private final Slot slot;
        private final Device device;
        private final BatchRun<T> runs;
        private final DiskJournal journal;
        private final List<Batch> batches;
        private final List<ResultTable<?>> tables;
        private Iterator<Row> current = Collections.emptyIterator();

        Rows(Iterator<Long> batchNumbers, Slot slot, Device device, TrialRunner<T> runner) {
            this.batchNumbers = batchNumbers;
            this.slot = slot;
            this.device = device;
            this.journal = new DiskJournal(
                    Storage.at(plan.sweep().output()),
                    wave.index(),
                    application,
                    TaskContext.get().taskAttemptId());
            this.runs = new BatchRun<>(runner, journal);
            this.batches = plan.batches(wave);
            this.tables = plan.experiment().tables();
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
            RunFacts facts = new RunFacts(
                    slot.executor(),
                    TaskDevice.name(device),
                    slot.threads(),
                    attempt,
                    Instant.now(),
                    CodeVersion.CURRENT);
            List<TrialOutcome> outcomes = runs.run(unit, plan.trials(batch));
            done.add(batch.size());
            return outcomes.stream().flatMap(outcome -> rows(outcome, facts)).iterator();
        }

        private Stream<Row> rows(TrialOutcome outcome, RunFacts facts) {
            Recorded recorded = new Recorded(plan.sweep(), wave.index(), outcome, facts);
            return IntStream.range(0, tables.size())
                    .boxed()
                    .flatMap(position -> tables.get(position).rows(recorded).stream()
                            .map(row -> WaveTables.wrapped(row, position, tables.size())));
        }
    }
}
