package org.iclsweep.sweep.experiment;

import ai.djl.Device;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.iclsweep.sweep.run.DurationText;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.NativeMemoryPeak;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.table.Cost;

/**
 * The time and the memory of a sweep on this machine, from batches of its own that are run and thrown away.
 *
 * @param start the time before the first trial: that of this process so far, that of Spark, and of the models
 * @param work the time of the trials that are left
 * @param oneSlot the time that they take one slot
 * @param sampling the time that the measuring took
 * @param batches the number of batches, or parts of them, that were run
 * @param slots the number of task slots
 * @param unmeasured the share of the time that is told from other parts of the plan by their FLOPs
 * @param slotBytes the memory outside the Java heap that a slot's batches take
 * @param modelBytes the memory of the models that were loaded
 * @param auditBytes that of the copies at float64 that audits load besides, on the CPU
 */
public record TimeEstimate(
        Duration start,
        Duration work,
        Duration oneSlot,
        Duration sampling,
        int batches,
        int slots,
        double unmeasured,
        double slotBytes,
        long modelBytes,
        long auditBytes) {
    /** The start of Spark, and of its first tasks. */
    private static final Duration SPARK_START = Duration.ofSeconds(4);
    /** The range in which four of five runs are expected: {@value} of the estimate, and its reciprocal. */
    private static final double RANGE = 0.8;

    /** A slot's rate in small batches of a model so large that its time counts: a tenth of that in matrix products. */
    private static final double FLOPS_PER_SECOND = 1e10;

    private static final double GIB = 1 << 30;

    /**
     * Measures the batches of each stratum, the cheapest first, until the patience is used up.
     *
     * @param left the part of the trials that is left
     */
    public static <S extends Serializable, T extends PlannedTrial> TimeEstimate measure(
            SweepPlan<S, T> plan, double left, Duration patience) {
        return measure(plan, left, patience, System::nanoTime);
    }

    /**
     * The same by another clock for the batches, such as the processor time of the thread that runs them, which other
     * processes change little.
     *
     * @param clock nanoseconds since any time, of the thread that asks
     */
    public static <S extends Serializable, T extends PlannedTrial> TimeEstimate measure(
            SweepPlan<S, T> plan, double left, Duration patience, LongSupplier clock) {
        int threads = plan.sweep().execution().threadsPerTask();
        int slots = Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
        Device device = plan.experiment()
                .device(plan.sweep(), new Slot("driver", "cpu", threads))
                .device();
        List<Stratum> strata = plan.experiment().strata(plan).stream()
                .sorted(Comparator.comparingDouble(Stratum::flops))
                .toList();
        ExecutorService work = Executors.newFixedThreadPool(slots);
        try (NativeMemoryPeak memory = new NativeMemoryPeak()) {
            Sum sum = new Sum(patience);
            for (int i = 0; i < strata.size(); i++) {
                Stratum stratum = strata.get(i);
                if (sum.affords(stratum)) {
                    memory.reset();
                    long before = memory.growth();
                    StratumTiming.Timing timing = new StratumTiming<>(plan, stratum, device, clock, sum.further)
                            .measure(work, slots, sum.share(strata.size() - i));
                    sum.add(stratum, timing, before, memory.growth());
                } else {
                    sum.addUnmeasured(stratum);
                }
            }
            return sum.estimate(slots, left, plan.experiment().auditBytes(plan));
        } finally {
            work.shutdown();
        }
    }

    /** The sum over the strata so far. */
    private static final class Sum {
        private final long began = System.nanoTime();
        private final double start = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
        private final double patience;
        private double slotSeconds;
        private double unmeasured;
        private double warmUp;
        private double longestBatch;
        private double secondsPerTrial;
        private double flopsPerTrial;
        private double further = 0.5;
        private double batchBytes;
        private int batches;

        Sum(Duration patience) {
            this.patience = patience.toNanos() / 1e9;
        }

        private double taken() {
            return (System.nanoTime() - began) / 1e9;
        }

        /** True if two units of the stratum may fit into the patience, which small ones have not overdrawn by far. */
        boolean affords(Stratum stratum) {
            double seconds = 2 * stratum.unit() * stratum.flops() / FLOPS_PER_SECOND;
            return batches == 0 || (seconds <= patience && taken() <= 2 * patience);
        }

        Duration share(int strata) {
            return duration(Math.max(0, patience - taken()) / strata);
        }

        /** Memory grows in a part of a batch by as much less than in a whole one as fewer units go through at once. */
        void add(Stratum stratum, StratumTiming.Timing timing, long before, long growth) {
            double bytes = before + (growth - before) * stratum.unitsAtOnce() / timing.mostUnits();
            batchBytes = Math.max(batchBytes, bytes - ModelCache.OF_THIS_JVM.bytes());
            slotSeconds += timing.secondsPerTrial() * stratum.size();
            warmUp += timing.warmUpSeconds();
            longestBatch = Math.max(longestBatch, timing.batchSeconds());
            secondsPerTrial = timing.secondsPerTrial();
            flopsPerTrial = stratum.flops();
            further = (further + timing.further()) / 2;
            batches += timing.batches();
        }

        /**
         * From the largest that was measured: a small model's time is not that of its arithmetic, and does not grow.
         */
        void addUnmeasured(Stratum stratum) {
            double secondsPerFlop = Math.min(secondsPerTrial / Math.max(1, flopsPerTrial), 1 / FLOPS_PER_SECOND);
            double more = Math.max(0, stratum.flops() - flopsPerTrial) * secondsPerFlop;
            double seconds = (secondsPerTrial + more) * stratum.size();
            slotSeconds += seconds;
            unmeasured += seconds;
        }

        /** At the end, slots wait for the last batch: for half of it, on the average. */
        TimeEstimate estimate(int slots, double left, long auditBytes) {
            double waiting = longestBatch / 2 * (slots - 1) / slots;
            double work = Math.max(longestBatch, slotSeconds * left / slots + waiting);
            return new TimeEstimate(
                    duration(start + warmUp).plus(SPARK_START),
                    duration(left == 0 ? 0 : work),
                    duration(slotSeconds * left),
                    duration(taken()),
                    batches,
                    slots,
                    slotSeconds == 0 ? 0 : unmeasured / slotSeconds,
                    batchBytes / slots,
                    ModelCache.OF_THIS_JVM.bytes(),
                    auditBytes);
        }
    }

    /**
     * The estimate as a sweep's directory keeps it.
     *
     * @param trials that it is about
     */
    public Cost.Foretold foretold(long trials, OptionalDouble flops) {
        return new Cost.Foretold(
                "plan",
                Experiment.line(
                        "%d batches of the sweep, run in %s on %d slots", batches, DurationText.of(sampling), slots),
                trials,
                slots,
                oneSlot.toMillis() / 1e3,
                work.toMillis() / 1e3,
                flops.isPresent() ? (Double) flops.getAsDouble() : null);
    }

    /** The estimate for reading, and its basis. */
    public List<String> lines() {
        String from =
                unmeasured > 0 ? Experiment.line("; %.0f %% of it is told from these by FLOPs", 100 * unmeasured) : "";
        String audits = auditBytes > 0
                ? Experiment.line(", of which %.1f GiB for the audit's copy at float64, on the CPU", auditBytes / GIB)
                : "";
        return List.of(
                "time    about %s (%s to %s) with %d task slots on this machine, its start included: from %d batches of"
                        .concat(" this sweep, run here in %s%s")
                        .formatted(
                                DurationText.of(times(1)),
                                DurationText.of(times(RANGE)),
                                DurationText.of(times(1 / RANGE)),
                                slots,
                                batches,
                                DurationText.of(sampling),
                                from),
                Experiment.line(
                        "memory  outside the Java heap about %.1f GiB for each task slot in these batches, and %.1f GiB for an"
                                + " executor's models%s (spark.executor.memoryOverhead)",
                        slotBytes / GIB, (modelBytes + auditBytes) / GIB, audits));
    }

    private Duration times(double factor) {
        return duration(start.plus(work).toMillis() / 1e3 * factor);
    }

    private static Duration duration(double seconds) {
        return Duration.ofMillis((long) (1e3 * seconds));
    }
}
