package org.iclsweep.benchmarks;

import ai.djl.Device;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.iclsweep.model.generalization.DataModel;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.model.generalization.RunSettings.Architecture;
import org.iclsweep.model.generalization.RunSettings.Kind;
import org.iclsweep.model.generalization.RunSettings.Optimization;
import org.iclsweep.model.generalization.RunSettings.Precision;
import org.iclsweep.model.generalization.TaskCoverage;
import org.iclsweep.model.generalization.TrainingRuns;

/**
 * Twenty trainings of the setting of arXiv:2402.15607, 200 steps each: so many in one computation, one computation
 * after another. In seconds of one core, which other programs on the machine change little, and of the clock. One JSON
 * object per line.
 */
public final class TrainingSpeed {
    private static final int RUNS = 20;
    private static final int STEPS = 200;
    private static final int[] TOGETHER = {1, 2, 5, 10, 20};

    private TrainingSpeed() {}

    public static void main(String[] args) {
        train(2, 20); // the first arrays start the engine, the first loops the compiler
        train(10, 20);
        double alone = 0;
        for (int together : TOGETHER) {
            double[] seconds = train(together, STEPS);
            alone = together == 1 ? seconds[0] : alone;
            System.out.printf(
                    Locale.ROOT,
                    "{\"together\": %d, \"cpu_seconds\": %.2f, \"clock_seconds\": %.2f, \"trainings_per_core_minute\": %.0f,"
                            + " \"speed_up\": %.2f}%n",
                    together,
                    seconds[0],
                    seconds[1],
                    60 * RUNS / seconds[0],
                    alone / seconds[0]);
        }
    }

    /** CPU and clock seconds of all trainings. */
    private static double[] train(int together, int steps) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long cpu = threads.getCurrentThreadCpuTime();
        long clock = System.nanoTime();
        for (int first = 0; first < RUNS; first += together) {
            List<RunSettings> settings = new ArrayList<>();
            long[] seeds = new long[together];
            for (int run = 0; run < together; run++) {
                settings.add(settings(steps));
                seeds[run] = first + run;
            }
            TrainingRuns.run(settings, seeds, List.of(), steps, Device.cpu());
        }
        return new double[] {(threads.getCurrentThreadCpuTime() - cpu) / 1e9, (System.nanoTime() - clock) / 1e9};
    }

    private static RunSettings settings(int steps) {
        return new RunSettings(
                new DataModel(30, 30, 6, 24, 2, 1, 0.5, 1),
                new TaskCoverage(TaskCoverage.Kind.CYCLIC, List.of(1, 2)),
                0.8,
                20,
                20,
                new Architecture(Kind.ONE_LAYER, 200, 0.2, 0.02, 1, 1, 1),
                new Optimization(0.5, 100, steps, 0, 1, 0.9, 0.2, 0, 1e4),
                Precision.FLOAT32);
    }
}
