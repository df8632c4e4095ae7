package org.iclsweep.sweep.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.iclsweep.sweep.run.Wave;

/**
 * Works on waves until there are none left or the run has to stop, some of them at a time: another is begun when those
 * that are worked on leave slots free, be it that a few of their tasks take long. Each wave is committed by itself.
 */
final class WaveLoop {
    private static final long POLL_MILLIS = 200;

    private final int inFlight;
    private final StopSignal stop;
    private final IntPredicate room;
    private final AtomicBoolean failed = new AtomicBoolean();
    private int begun;
    private int settled;

    /** Runs and commits a wave. */
    interface Work {
        void settle(Wave wave);
    }

    /**
     * @param inFlight the most waves at a time
     * @param room true if slots are free, or soon will be, beside the waves that have begun, whose number it is given
     */
    WaveLoop(int inFlight, StopSignal stop, IntPredicate room) {
        this.inFlight = inFlight;
        this.stop = stop;
        this.room = room;
    }

    /** Works on all waves that come; the first failure ends it, once the waves that were begun are settled. */
    void run(Supplier<Optional<Wave>> next, Work work) {
        if (inFlight == 1) {
            one(next, work);
            return;
        }
        ExecutorService threads = Executors.newFixedThreadPool(inFlight, task -> {
            Thread thread = new Thread(task, "waves");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> loops = new ArrayList<>();
            for (int i = 0; i < inFlight; i++) {
                loops.add(threads.submit(() -> one(next, work)));
            }
            await(loops);
        } finally {
            threads.shutdownNow();
        }
    }

    private void one(Supplier<Optional<Wave>> next, Work work) {
        while (true) {
            Optional<Wave> wave = begin(next);
            if (wave.isEmpty()) {
                return;
            }
            try {
                work.settle(wave.get());
            } catch (RuntimeException | Error e) {
                failed.set(true);
                throw e;
            } finally {
                end();
            }
        }
    }

    /** Waits for room, and takes the next wave; empty if there is none, or the run has to stop. */
    private synchronized Optional<Wave> begin(Supplier<Optional<Wave>> next) {
        while (isGoingOn() && begun > settled && !room.test(begun)) {
            try {
                wait(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
        Optional<Wave> wave = isGoingOn() ? next.get() : Optional.empty();
        begun += wave.isPresent() ? 1 : 0;
        return wave;
    }

    private boolean isGoingOn() {
        return stop.requested().isEmpty() && !failed.get();
    }

    private synchronized void end() {
        settled++;
        notifyAll();
    }

    private static void await(List<Future<?>> loops) {
        Throwable first = null;
        for (Future<?> loop : loops) {
            try {
                loop.get();
            } catch (ExecutionException e) {
                first = first == null ? e.getCause() : first;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waves were running", e);
            }
        }
        if (first instanceof RuntimeException failure) {
            throw failure;
        } else if (first instanceof Error error) {
            throw error;
        }
    }
}
