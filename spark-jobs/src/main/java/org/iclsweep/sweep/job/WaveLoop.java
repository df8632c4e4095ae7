package org.iclsweep.sweep.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.iclsweep.sweep.run.Wave;

/**
 * Works on waves until there are none left or the run has to stop, some of them at a time: while the last tasks of a
 * wave are running, those of the next one have the slots that they leave free. Each wave is committed by itself.
 */
final class WaveLoop {
    private final int inFlight;
    private final StopSignal stop;
    private final AtomicBoolean failed = new AtomicBoolean();

    /** Runs and commits a wave. */
    interface Work {
        void settle(Wave wave);
    }

    /** @param inFlight the number of waves at a time */
    WaveLoop(int inFlight, StopSignal stop) {
        this.inFlight = inFlight;
        this.stop = stop;
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
        while (stop.requested().isEmpty() && !failed.get()) {
            Optional<Wave> wave = next.get();
            if (wave.isEmpty()) {
                return;
            }
            try {
                work.settle(wave.get());
            } catch (RuntimeException | Error e) {
                failed.set(true);
                throw e;
            }
        }
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
