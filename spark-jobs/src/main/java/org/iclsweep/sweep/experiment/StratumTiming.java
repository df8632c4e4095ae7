package org.iclsweep.sweep.experiment;

import ai.djl.Device;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.TrialRunner;

/**
 * Runs batches of a stratum in all slots at once, as a sweep would, and takes the time. The first run of each slot,
 * with which models are loaded and code is compiled, is told apart from the others.
 */
final class StratumTiming<S extends Serializable, T extends PlannedTrial> {
    /** The golden section: places that any number of them leaves spread evenly. */
    private static final double STEP = 0.6180339887498949;

    /** The least that a further trial of a batch is taken to cost, beside one alone: times differ. */
    private static final double LEAST_FURTHER = 0.05;

    private static final AttemptJournal NONE = new AttemptJournal() {
        @Override
        public int lost(String unit) {
            return 0;
        }

        @Override
        public Note begin(String unit) {
            return () -> {};
        }
    };

    private final SweepPlan<S, T> plan;
    private final Stratum stratum;
    private final Device device;
    private final LongSupplier clock;
    private final double expectedFurther;
    private final long batchLength;

    /**
     * @param clock the clock of the runs; nanoseconds since any time, of the thread that asks
     * @param expectedFurther {@link Timing#further} as it was in strata that are alike
     */
    StratumTiming(SweepPlan<S, T> plan, Stratum stratum, Device device, LongSupplier clock, double expectedFurther) {
        this.plan = plan;
        this.stratum = stratum;
        this.device = device;
        this.clock = clock;
        this.expectedFurther = expectedFurther;
        this.batchLength = Math.min(stratum.size(), plan.batchEnd(stratum.first()) - stratum.first());
    }

    /**
     * The time of a stratum.
     *
     * @param secondsPerTrial of one slot, while all others are at work too
     * @param batchSeconds of one batch
     * @param warmUpSeconds of the first run beyond that of later ones
     * @param batches runs that it is based on
     * @param mostUnits the units of the largest run, at most as many as a whole batch runs at once
     * @param further the time that a further trial of a batch takes, over that of a trial of the smallest batch; as
     *     expected where there was no time to tell
     */
    record Timing(
            double secondsPerTrial,
            double batchSeconds,
            double warmUpSeconds,
            int batches,
            double mostUnits,
            double further) {}

    /** A run of some trials. */
    private record Run(double seconds, long trials) {
        double perTrial() {
            return seconds / trials;
        }
    }

    /**
     * The runs of a slot: the first one, and those to go by.
     *
     * @param most the trials of the largest
     */
    private record Runs(Run first, List<Run> later, long most, double further) {}

    /** Runs for about {@code patience}, and at least twice in each slot. */
    Timing measure(ExecutorService slots, int count, Duration patience) {
        List<Callable<Runs>> work = IntStream.range(0, count)
                .<Callable<Runs>>mapToObj(slot -> () -> runs(slot, count, patience))
                .toList();
        try {
            List<Runs> bySlot = new ArrayList<>();
            for (Future<Runs> done : slots.invokeAll(work)) {
                bySlot.add(done.get());
            }
            return timing(bySlot);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while batches were timed", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        }
    }

    private Runs runs(int slot, int slots, Duration patience) {
        try (TrialRunner<T> runner = plan.experiment().runner(plan.sweep(), device)) {
            BatchRun<T> runs = new BatchRun<>(runner, NONE);
            return plan.experiment().steps(plan.trial(stratum.first())) > 0
                    ? trainings(runs, slot, patience)
                    : evaluations(runs, slot, slots, patience);
        }
    }

    /**
     * A unit alone, twice, then as many trials of a batch as are expected to fit into the patience, up to whole
     * batches, of which as many are run as the patience allows.
     */
    private Runs evaluations(BatchRun<T> runner, int slot, int slots, Duration patience) {
        double end = System.nanoTime() / 1e9 + seconds(patience);
        int place = slot;
        Run first = run(runner, trials(place, stratum.unit()));
        Run one = run(runner, trials(place += slots, stratum.unit()));
        Run last = one;
        double further = expectedFurther;
        while (last.trials() < batchLength) {
            double trial = further * one.perTrial();
            long fitting = (long) ((end - System.nanoTime() / 1e9 - one.seconds()) / trial) + one.trials();
            if (fitting < 2 * last.trials()) {
                Run whole = new Run(last.seconds() + trial * (batchLength - last.trials()), batchLength);
                return new Runs(first, List.of(whole), last.trials(), further);
            }
            last = run(runner, trials(place += slots, Math.min(batchLength, fitting)));
            further = further(one, last);
        }
        List<Run> whole = new ArrayList<>(List.of(last));
        while (System.nanoTime() / 1e9 < end) {
            whole.add(run(runner, trials(place += slots, batchLength)));
        }
        return new Runs(
                first,
                whole.subList(whole.size() / 2, whole.size()), // the earlier half compiled its code
                batchLength,
                further);
    }

    private static double further(Run one, Run more) {
        double slope = (more.seconds() - one.seconds()) / Math.max(1, more.trials() - one.trials());
        return Math.max(LEAST_FURTHER, Math.min(1, slope / one.perTrial()));
    }

    /** A batch with twice as many steps each time; each further step takes what those of the second half took. */
    private Runs trainings(BatchRun<T> runner, int slot, Duration patience) {
        List<T> batch = trials(slot, batchLength);
        long steps = plan.experiment().steps(batch.get(0));
        Run first = run(runner, shortened(batch, 1));
        Run before = run(runner, shortened(batch, 1));
        int done = 2;
        Run last = run(runner, shortened(batch, done));
        while (last.seconds() < seconds(patience) / 2 && 2L * done < steps) {
            done *= 2;
            before = last;
            last = run(runner, shortened(batch, done));
        }
        double step = Math.max(0, last.seconds() - before.seconds()) / (done - done / 2);
        return new Runs(
                first,
                List.of(new Run(last.seconds() + step * (steps - done), batch.size())),
                batchLength,
                expectedFurther);
    }

    private List<T> shortened(List<T> batch, int steps) {
        return batch.stream()
                .map(trial -> plan.experiment().withSteps(trial, steps))
                .toList();
    }

    /** The first trials of a batch; batches are taken from all over the stratum. */
    private List<T> trials(int place, long count) {
        long batches = Math.max(1, stratum.size() / batchLength);
        long first = stratum.first() + batchLength * (long) (place * STEP % 1 * batches);
        return LongStream.range(first, Math.min(first + count, stratum.end()))
                .mapToObj(plan::trial)
                .toList();
    }

    private Run run(BatchRun<T> runner, List<T> trials) {
        long began = clock.getAsLong();
        runner.run("sample", trials);
        return new Run((clock.getAsLong() - began) / 1e9, trials.size());
    }

    private Timing timing(List<Runs> bySlot) {
        List<Run> later = bySlot.stream().flatMap(runs -> runs.later().stream()).toList();
        double perTrial = later.stream().mapToDouble(Run::seconds).sum()
                / later.stream().mapToLong(Run::trials).sum();
        double warmUp = bySlot.stream()
                .map(Runs::first)
                .mapToDouble(first -> first.seconds() - perTrial * first.trials())
                .average()
                .orElse(0);
        double units = bySlot.stream().mapToLong(Runs::most).max().orElse(stratum.unit()) / (double) stratum.unit();
        return new Timing(
                perTrial,
                perTrial * batchLength,
                Math.max(0, warmUp),
                later.size(),
                Math.min(units, stratum.unitsAtOnce()),
                bySlot.stream().mapToDouble(Runs::further).average().orElse(expectedFurther));
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
