package org.iclsweep.sweep.run;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * Runs a batch so that whatever happens to a trial becomes that trial's outcome, and no other's.
 *
 * <ol>
 *   <li>A trial that fails is left out, and the rest is run again; where nobody knows which one it was, one by one.
 *   <li>Out of memory: the batch is halved, down to one trial; where the model itself does not fit, all its trials fail
 *       at once.
 *   <li>A batch that took its process down {@value #MOST_LOST} times is run one by one, a note before each, with
 *       nothing else running in the process: a trial whose note is found again is the one that kills, and is left out.
 * </ol>
 *
 * <p>What is no trial's fault (a full disk, a machine without native libraries) is thrown.
 */
public final class BatchRun<T extends PlannedTrial> {
    private static final int MOST_LOST = 2;
    private static final int LONGEST_MESSAGE = 1000;

    /** Batches share a process; a batch under suspicion has it for itself, or its neighbours would be blamed. */
    private static final ReadWriteLock PROCESS = new ReentrantReadWriteLock(true);

    private final TrialRunner<T> runner;
    private final AttemptJournal journal;

    public BatchRun(TrialRunner<T> runner, AttemptJournal journal) {
        this.runner = runner;
        this.journal = journal;
    }

    /**
     * One outcome for each trial, in the same order.
     *
     * @param unit the batch's name in the journal
     */
    public List<TrialOutcome> run(String unit, List<T> batch) {
        boolean suspect = journal.lost(unit) >= MOST_LOST;
        Lock lock = suspect ? PROCESS.writeLock() : PROCESS.readLock();
        lock.lock();
        try {
            return suspect ? oneByOneWithNotes(unit, batch) : withNote(unit, batch);
        } finally {
            lock.unlock();
        }
    }

    private List<TrialOutcome> withNote(String unit, List<T> batch) {
        AttemptJournal.Note note = journal.begin(unit);
        try (note) {
            return together(batch);
        }
    }

    private List<TrialOutcome> oneByOneWithNotes(String unit, List<T> batch) {
        List<TrialOutcome> outcomes = new ArrayList<>(batch.size());
        for (T trial : batch) {
            String alone = unit + "-trial-" + trial.id();
            outcomes.addAll(journal.lost(alone) > 0 ? List.of(killer(trial)) : withNote(alone, List.of(trial)));
        }
        return outcomes;
    }

    private List<TrialOutcome> together(List<T> batch) {
        if (batch.isEmpty()) {
            return List.of();
        }
        try {
            List<TrialOutcome> outcomes = List.copyOf(runner.run(batch));
            requireOneEach(batch, outcomes);
            return outcomes;
        } catch (UnfitMachineException | UncheckedIOException e) {
            throw e;
        } catch (LinkageError e) {
            throw UnfitMachineException.of(e);
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            return afterFailure(batch, e);
        }
    }

    private List<TrialOutcome> afterFailure(List<T> batch, Throwable failure) {
        ErrorCode code = code(failure);
        if (batch.size() == 1 || (failure instanceof TrialFailure known && known.reach() == TrialFailure.Reach.ALL)) {
            return batch.stream().map(trial -> failed(trial, code, failure)).toList();
        }
        @Nullable T named = named(batch, failure);
        if (named != null) {
            return without(named, batch, failed(named, code, failure));
        }
        if (code == ErrorCode.OUT_OF_MEMORY) {
            int half = batch.size() / 2;
            return Stream.concat(
                            together(batch.subList(0, half)).stream(),
                            together(batch.subList(half, batch.size())).stream())
                    .toList();
        }
        return oneByOne(batch);
    }

    private List<TrialOutcome> oneByOne(List<T> batch) {
        return batch.stream()
                .flatMap(trial -> together(List.of(trial)).stream())
                .toList();
    }

    private List<TrialOutcome> without(T left, List<T> batch, TrialOutcome outcome) {
        Predicate<T> others = trial -> trial.index() != left.index();
        List<TrialOutcome> outcomes =
                new ArrayList<>(together(batch.stream().filter(others).toList()));
        outcomes.add(batch.indexOf(left), outcome);
        return outcomes;
    }

    private TrialOutcome failed(T trial, ErrorCode code, Throwable failure) {
        String text = Credentials.removed(
                failure instanceof TrialFailure ? String.valueOf(failure.getMessage()) : failure.toString());
        String message = text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE) + "…";
        return runner.failed(trial, code, message);
    }

    private TrialOutcome killer(T trial) {
        return runner.failed(
                trial,
                ErrorCode.NATIVE_CRASH,
                "the process went down while this trial ran alone, after its batch had taken it down " + MOST_LOST
                        + " times");
    }

    private @Nullable T named(List<T> batch, Throwable failure) {
        Long index = failure instanceof TrialFailure known ? known.index() : null;
        return batch.stream()
                .filter(trial -> index != null && trial.index() == index)
                .findFirst()
                .orElse(null);
    }

    private static ErrorCode code(Throwable failure) {
        if (failure instanceof TrialFailure known) {
            return known.code();
        }
        return OutOfMemory.isBehind(failure) ? ErrorCode.OUT_OF_MEMORY : ErrorCode.INTERNAL;
    }

    private void requireOneEach(List<T> batch, List<TrialOutcome> outcomes) {
        List<Long> asked = batch.stream().map(PlannedTrial::index).toList();
        List<Long> got =
                outcomes.stream().map(outcome -> outcome.trial().index()).toList();
        if (!asked.equals(got)) {
            throw new IllegalStateException(
                    "a runner must return one outcome for each trial, in order: asked for " + asked + ", got " + got);
        }
    }
}
