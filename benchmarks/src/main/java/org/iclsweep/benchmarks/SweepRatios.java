package org.iclsweep.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.job.Sweep;
import org.iclsweep.sweep.run.Batch;

/** Ratios of batches of sweeps and of whole sweeps, one task slot. */
final class SweepRatios {
    private static final Path QUICKSTART = Path.of("conf", "sweeps", "quickstart.conf");
    private static final int STRICT_TRIALS = 20;

    /** Demonstration sets per task of the short and of the long sweep. */
    private static final int SHORT = 10;

    /** About five minutes of one core. */
    private static final int LONG = 450;

    private SweepRatios() {}

    static Map<String, Ratios.Benchmark> benchmarks() {
        Map<String, Ratios.Benchmark> all = new LinkedHashMap<>();
        all.put("strict", SweepRatios::strict);
        all.put("spark", SweepRatios::spark);
        all.put("plan", PlanRatios::plan);
        return all;
    }

    /** The first sets of each model of the quickstart at float32, in one batch. */
    private static void strict(Consumer<Ratio> found) {
        for (String model : List.of("clusters-icl", "induction", "text-icl")) {
            String task = model.equals("clusters-icl")
                    ? "{ name = gaussian-clusters, classes = 4, dimension = 8, sigma = 0.7 }"
                    : model.equals("induction")
                            ? "{ name = induction, vocabulary = 45, context-tokens = 64, shots = [1] }"
                            : "{ name = everyday, train = \"conf/data/quickstart_train.jsonl\", test = \"conf/data/quickstart_test.jsonl\","
                                    + " template = model, labels = model, max-words = 24 }";
            String[] settings = {
                "sweep.models=[{ path = \"models/%s\", dtypes = [float32] }]".formatted(model),
                "sweep.tasks=[%s]".formatted(task),
                "sweep.evaluation.audit.fraction=0"
            };
            PlainLoop<?, ?> fast = PlainLoop.of(QUICKSTART, settings);
            PlainLoop<?, ?> strict =
                    PlainLoop.of(QUICKSTART, settings[0], settings[1], settings[2], "sweep.execution.strict=true");
            List<Batch> first = List.of(new Batch(0, STRICT_TRIALS));
            found.accept(Ratio.of(
                    "strict " + model,
                    Ratio.compared(
                            "the first %d trials of a model of quickstart.conf at float32, one batch, strict / fast",
                            STRICT_TRIALS),
                    () -> strict.run(first),
                    () -> fast.run(first)));
        }
    }

    /** Seconds of the clock, and of all of this process's threads. */
    private record Times(double wall, double processor) {
        static Times now() {
            var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            return new Times(System.nanoTime() / 1e9, system.getProcessCpuTime() / 1e9);
        }

        static Times of(Ratio.Work work) {
            Times began = now();
            work.run();
            return now().less(began);
        }

        Times less(Times other) {
            return new Times(wall - other.wall, processor - other.processor);
        }
    }

    /**
     * A sweep of five minutes on one slot of Spark and its batches in a plain loop, after short ones that do not count:
     * what a sweep costs once, and once for each of its waves, is in a short one a larger share.
     */
    private static void spark(Consumer<Ratio> found) {
        Times.of(() -> loop(SHORT).run());
        Times.of(() -> sweep(SHORT));
        Times plain = Times.of(loop(LONG));
        Times sweep = Times.of(() -> sweep(LONG));
        System.err.printf("plain %s, Spark %s%n", plain, sweep);
        String compared = Ratio.compared(
                "quickstart.conf with %d sets per task on Spark with one slot / its batches in a plain loop", LONG);
        found.accept(Ratio.of("spark wall", compared + ", one turn", List.of(sweep.wall() / plain.wall())));
        found.accept(Ratio.of(
                "spark processor",
                compared + ", processor time of all threads, one turn",
                List.of(sweep.processor() / plain.processor())));
    }

    private static Ratio.Work loop(int sets) {
        PlainLoop<?, ?> loop = PlainLoop.of(QUICKSTART, setsPerTask(sets));
        return () -> loop.run(loop.batches());
    }

    private static void sweep(int sets) {
        ExitCode exit =
                new Sweep().run(QUICKSTART, List.of(setsPerTask(sets), "sweep.output=" + temporary()), "local[1]");
        if (exit != ExitCode.DONE) {
            throw new IllegalStateException("the sweep ended with " + exit);
        }
    }

    private static String setsPerTask(int sets) {
        return "sweep.demonstrations.sets-per-task=" + sets;
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("bench").resolve("out");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
