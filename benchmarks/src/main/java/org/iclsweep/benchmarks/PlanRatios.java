package org.iclsweep.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The time that the command {@code plan} estimates for a sweep's trials / the time that they take, both in processor
 * time of the threads that run them, with fewer sets or trainings than shipped.
 */
final class PlanRatios {
    private static final Path SWEEPS = Path.of("conf", "sweeps");
    private static final int ESTIMATES = 3;
    /** The default of {@code plan --measure}, on an idle machine. */
    private static final double SECONDS = 15;

    private PlanRatios() {}

    private record Part(String sweep, String setting) {}

    private static final List<Part> PARTS = List.of(
            new Part("quickstart", "sweep.demonstrations.sets-per-task=10"),
            new Part("families", "sweep.demonstrations.sets-per-task=20"),
            new Part("text", "sweep.demonstrations.sets-per-task=6"),
            new Part("generalization-coverage", "sweep.seeds=[1, 2]"),
            new Part("meta-optimizer", "sweep.demonstrations.sets-per-task=1"));

    static void plan(Consumer<Ratio> found) {
        for (Part part : PARTS) {
            PlainLoop<?, ?> loop = PlainLoop.of(SWEEPS.resolve(part.sweep() + ".conf"), part.setting());
            List<Double> estimates = new ArrayList<>();
            for (int i = 0; i < ESTIMATES; i++) {
                estimates.add(loop.estimate(patience(), ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime)
                                .oneSlot()
                                .toMillis()
                        / 1e3);
            }
            double actual = Ratio.seconds(() -> loop.run(loop.batches()));
            System.err.printf("%s: estimates %s s, actual %.1f s%n", part.sweep(), estimates, actual);
            found.accept(Ratio.of(
                    "plan " + part.sweep(),
                    Ratio.compared(
                            "the time of the %d trials of %s.conf with %s, estimated / taken",
                            loop.plan().size(), part.sweep(), part.setting()),
                    estimates.stream().map(estimate -> estimate / actual).toList()));
        }
    }

    /** Longer where other work is waiting for the processors, so that about as many batches are run. */
    private static Duration patience() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        double waiting = system.getSystemLoadAverage() / system.getAvailableProcessors();
        return Duration.ofSeconds((long) (SECONDS * Math.max(1, waiting)));
    }
}
