package org.iclsweep.sweep.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.experiment.generalization.GeneralizationPlan;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSweep;
import org.iclsweep.sweep.experiment.grid.ModelSpec;
import org.iclsweep.sweep.experiment.grid.PlanEstimate;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepKind;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.experiment.grid.TaskSpec;
import org.iclsweep.sweep.experiment.training.TrainingSweep;
import org.iclsweep.sweep.job.Progress;
import org.iclsweep.sweep.table.CurveTable;
import org.iclsweep.sweep.table.GeneralizationTable;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.TrialSchema;
import org.iclsweep.sweep.table.WaveStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code plan}: size and estimated cost of a sweep. */
@Command(
        name = "plan",
        description =
                "Counts trials, tokens, FLOPs and bytes of a sweep, and the work that is already done; runs nothing.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PlanCommand implements Callable<Integer> {
    private static final int PROBE_SIZE = 512;
    private static final int PROBES = 20;
    private static final double GIB = 1 << 30;

    @Parameters(paramLabel = "CONF", description = "The sweep's configuration (docs/configuration.md).")
    private Path configuration = Path.of("");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key, given by its full path. Repeatable; the last wins.")
    private List<String> settings = new ArrayList<>();

    @Override
    public Integer call() {
        if (TrainingSweep.isDescribedBy(configuration, settings)) {
            trainings(TrainingSweep.read(configuration, settings));
            return 0;
        }
        if (GeneralizationSweep.isDescribedBy(configuration, settings)) {
            generalization(new GeneralizationPlan(GeneralizationSweep.read(configuration, settings)));
            return 0;
        }
        SweepConfiguration sweep = SweepConfiguration.read(configuration, settings);
        SweepPlan plan = SweepPlan.of(sweep);
        String table = TrialSchema.of(sweep.kind()).name();
        Set<Integer> committed = new WaveStore(Storage.at(sweep.output()), table).committed();
        long done = committed.stream().mapToLong(wave -> plan.wave(wave).size()).sum();
        say("sweep   %s, plan %.12s, into %s", sweep.name(), plan.digest(), sweep.output());
        say("trials  %d", plan.size());
        say("waves   %d of up to %d trials", plan.waves(), sweep.execution().waveTrials());
        if (!committed.isEmpty()) {
            say("skipped %d trials of %d waves that are committed already", done, committed.size());
        }
        estimates(sweep, plan, done);
        return 0;
    }

    private static void trainings(TrainingSweep sweep) {
        int committed = new WaveStore(Storage.at(sweep.output()), CurveTable.NAME)
                .committed()
                .size();
        say("sweep   %s, plan %.12s, into %s", sweep.name(), sweep.digest(), sweep.output());
        say("trains  %s, %d times, one wave each", sweep.model(), sweep.trials().size());
        say("skipped %d trainings that are committed already", committed);
    }

    private static void generalization(GeneralizationPlan plan) {
        GeneralizationSweep sweep = plan.sweep();
        Set<Integer> committed = new WaveStore(Storage.at(sweep.output()), GeneralizationTable.NAME).committed();
        long done = committed.stream().mapToLong(wave -> plan.wave(wave).size()).sum();
        long batches = plan.without(Set.of())
                .mapToLong(wave -> plan.batches(wave).size())
                .sum();
        say("sweep   %s, plan %.12s, into %s", sweep.name(), sweep.digest(), sweep.output());
        say(
                "trains  %d times: %d variants with %d seeds each",
                sweep.size(), sweep.variants().size(), sweep.seeds().size());
        say(
                "waves   %d of up to %d trainings; %d batches, each one computation",
                plan.waves(), sweep.waveTrials(), batches);
        say("skipped %d trainings of %d waves that are committed already%n", done, committed.size());
        say("%-40s %10s %12s %12s", "variant", "iterations", "prompts", "slots");
        for (GeneralizationSweep.Variant variant : sweep.variants()) {
            RunSettings run = variant.settings();
            long prompts =
                    (long) run.optimization().iterations() * run.optimization().batch();
            say(
                    "%-40s %10d %12d %12d",
                    variant.name(), run.optimization().iterations(), prompts, prompts * (run.length() + 1));
        }
        say("%n%-40s %10s %12s", "evaluation", "length", "prompts");
        sweep.evaluations().forEach(of -> say("%-40s %10d %12d", of.name(), of.length(), of.prompts()));
    }

    private static void estimates(SweepConfiguration sweep, SweepPlan plan, long done) {
        double tokens = 0;
        double flops = 0;
        double weights = 0;
        double batch = 0;
        say(
                "%n%-24s %-20s %9s %12s %10s %10s %9s",
                "model", "task", "trials", "parameters", "context", "queries", "too long");
        for (ModelSpec model : sweep.models()) {
            for (TaskSpec task : sweep.tasks().stream().filter(model::isRunOn).toList()) {
                PlanEstimate estimate = PlanEstimate.of(sweep, model, task);
                long trials = plan.size(model, task);
                tokens += trials * (estimate.contextTokens() + estimate.queryTokens());
                for (String dtype : model.dtypes()) {
                    int bytes = dtype.equals("float64") ? Double.BYTES : Float.BYTES;
                    weights = Math.max(weights, estimate.weightBytes(bytes));
                    batch = Math.max(
                            batch, estimate.batchBytes(sweep.execution().batchTokens(), bytes));
                }
                flops += trials * (1 - estimate.tooLong()) * estimate.flopsPerTrial();
                say(
                        "%-24s %-20s %9d %12d %10.1f %10.1f %8.1f%%",
                        model.name(),
                        task.name(),
                        trials,
                        estimate.parameters(),
                        estimate.contextTokens(),
                        estimate.queryTokens(),
                        100 * estimate.tooLong());
            }
        }
        if (sweep.kind().appendsContexts()) {
            say(
                    "(mean tokens of a set, or of a pool's first, and of its queries, over a sample; a trial of this kind reads"
                            + " its queries after many contexts, whose number is not estimated here)");
            return;
        }
        if (sweep.kind() == SweepKind.META_OPTIMIZER) {
            int rates = sweep.fineTuning().variants().stream()
                    .mapToInt(variant -> variant.learningRates().size())
                    .sum();
            say(
                    "(mean tokens of a trial's demonstrations and of its queries, over a sample; a trial of this kind trains on its"
                            + " demonstrations %d times, once for each learning rate, and up to seven times more for the"
                            + " controls and the limit; the cost of this is not estimated here)",
                    rates);
            return;
        }
        say(
                "(mean tokens of a trial's context and of its queries, over a sample; trials with a context that is too long"
                        + " are skipped and counted as failed)%n");
        double left = (plan.size() - done) / (double) plan.size();
        double rate = flopsPerSecond();
        say("tokens  about %.3g", tokens * left);
        say("FLOPs   about %.3g; one thread reaches %.1f GFLOP/s in matrix products here", flops * left, rate / 1e9);
        int cores = Runtime.getRuntime().availableProcessors();
        say(
                "time    at least %s on %d cores",
                Progress.inWords(Duration.ofSeconds((long) (flops * left / rate / cores))), cores);
        say(
                "memory  outside the Java heap up to about %.1f GiB for each task slot, and %.1f GiB for each executor's"
                        + " weights (spark.executor.memoryOverhead)",
                batch / GIB, weights / GIB);
        say("bytes   about %.3g of tables", 500.0 * plan.size() * left);
    }

    /** The FLOP/s of one thread in a product of two float32 matrices on this machine. */
    private static double flopsPerSecond() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray a = manager.ones(new Shape(PROBE_SIZE, PROBE_SIZE), DataType.FLOAT32);
            a.matMul(a).close();
            long began = System.nanoTime();
            for (int i = 0; i < PROBES; i++) {
                try (NDArray product = a.matMul(a)) {
                    product.getFloat(0, 0); // waits until it is there
                }
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            return 2.0 * PROBES * Math.pow(PROBE_SIZE, 3) / seconds;
        }
    }

    private static void say(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }
}
