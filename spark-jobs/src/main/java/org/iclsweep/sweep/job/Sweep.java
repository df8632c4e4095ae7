package org.iclsweep.sweep.job;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.experiment.generalization.GeneralizationPlan;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSweep;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepKind;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.experiment.grid.TrialRunners;
import org.iclsweep.sweep.experiment.training.TrainingSweep;
import org.iclsweep.sweep.run.TrialRunnerFactory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command {@code run}, also the main class of a plain {@code spark-submit}: starts a sweep, or resumes an
 * interrupted one.
 */
@Command(
        name = "run",
        description = "Runs a sweep, or resumes an interrupted one.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Sweep implements Callable<Integer> {
    private final Function<SweepKind, TrialRunnerFactory> runners;

    @Parameters(paramLabel = "CONF", description = "The sweep's configuration (docs/configuration.md).")
    private Path configuration = Path.of("");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Overrides a key, given by its full path, such as sweep.output=/tmp/x. Repeatable; the last wins.")
    private List<String> settings = new ArrayList<>();

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark's master; default: that of spark-submit, else local[*].")
    private @Nullable String master;

    /** With the runners that this version has. */
    public Sweep() {
        this(TrialRunners::of);
    }

    Sweep(Function<SweepKind, TrialRunnerFactory> runners) {
        this.runners = runners;
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new Sweep()).execute(args));
    }

    @Override
    public Integer call() {
        return run(configuration, settings, master).code();
    }

    /** Runs a sweep from its configuration to its exit code; says on stderr what went wrong. */
    public ExitCode run(Path file, List<String> overrides, @Nullable String sparkMaster) {
        try {
            if (TrainingSweep.isDescribedBy(file, overrides)) {
                TrainingSweep trainings = TrainingSweep.read(file, overrides);
                return ended(train(trainings, sparkMaster), trainings.output());
            }
            if (GeneralizationSweep.isDescribedBy(file, overrides)) {
                GeneralizationSweep trainings = GeneralizationSweep.read(file, overrides);
                return ended(generalize(trainings, sparkMaster), trainings.output());
            }
            SweepConfiguration sweep = SweepConfiguration.read(file, overrides);
            TrialRunnerFactory factory = runners.apply(sweep.kind());
            SparkConf settings = settings(sweep.name(), sweep.execution(), sparkMaster);
            SparkSettings.requireCommitter(settings, sweep.output());
            return ended(run(sweep, factory, settings), sweep.output());
        } catch (RuntimeException e) {
            System.err.println(Failures.message(e));
            return Failures.exit(e);
        }
    }

    private static SweepOutcome run(SweepConfiguration sweep, TrialRunnerFactory factory, SparkConf settings) {
        SparkSession spark = start(settings);
        try {
            StopSignal stop =
                    StopSignal.ofThisProcess(() -> spark.sparkContext().cancelAllJobs());
            return SweepRun.run(spark, SweepPlan.of(sweep), factory, stop);
        } finally {
            spark.stop();
        }
    }

    private static SweepOutcome train(TrainingSweep sweep, @Nullable String master) {
        SparkConf settings = settings(sweep.name(), ExecutionSpec.DEFAULTS, master);
        SparkSettings.requireCommitter(settings, sweep.output());
        SparkSession spark = start(settings);
        try {
            StopSignal stop =
                    StopSignal.ofThisProcess(() -> spark.sparkContext().cancelAllJobs());
            return TrainingSweepRun.run(spark, sweep, stop);
        } finally {
            spark.stop();
        }
    }

    private static SweepOutcome generalize(GeneralizationSweep sweep, @Nullable String master) {
        SparkConf settings = settings(sweep.name(), ExecutionSpec.DEFAULTS, master);
        SparkSettings.requireCommitter(settings, sweep.output());
        SparkSession spark = start(settings);
        try {
            StopSignal stop =
                    StopSignal.ofThisProcess(() -> spark.sparkContext().cancelAllJobs());
            return GeneralizationSweepRun.run(spark, new GeneralizationPlan(sweep), stop);
        } finally {
            spark.stop();
        }
    }

    /** With these settings alone: the session's builder would take up again what was removed from those of the user. */
    static SparkSession start(SparkConf settings) {
        SparkContext spark = SparkContext.getOrCreate(settings);
        ExecutorCrashLoopGuard.watch(spark);
        return SparkSession.builder().sparkContext(spark).getOrCreate();
    }

    private static ExitCode ended(SweepOutcome outcome, String output) {
        System.err.println(outcome.message() + ": " + output);
        return outcome.exit();
    }

    static SparkConf settings(String name, ExecutionSpec execution, @Nullable String master) {
        SparkConf user = new SparkConf();
        if (master != null) {
            user.setMaster(master);
        }
        SparkSettings.refuseUnsafe(user);
        return SparkSettings.complete(user, name, execution);
    }
}
