package org.iclsweep.sweep.job;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkUserAppException;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.config.SystemCharset;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.EngineCache;
import org.iclsweep.sweep.run.MachineFaults;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The command {@code run}, also the main class of a plain {@code spark-submit}: starts a sweep, or resumes an
 * interrupted one.
 */
@Command(
        name = "run",
        description = "Runs a sweep, or resumes an interrupted one.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public class Sweep implements Callable<Integer> {
    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark's master; default: that of spark-submit, else local[*].")
    private @Nullable String master;

    public static void main(String[] args) throws SparkUserAppException {
        Optional<String> lost =
                Arrays.stream(args).filter(SystemCharset::hasLost).findFirst();
        if (lost.isPresent()) {
            System.err.println(lost.get() + ": expected an argument of this locale, found other characters; "
                    + SystemCharset.remedy());
            end(ExitCode.WRONG_INPUT.code());
            return;
        }
        end(new CommandLine(new Sweep()).execute(args));
    }

    /**
     * Ends this process with an exit code. YARN's application master, which is this process where the driver is in the
     * cluster, is told instead: it takes an exit of its own accord for a failure, whatever the code.
     */
    private static void end(int code) throws SparkUserAppException {
        boolean master = "yarn".equals(System.getProperty("spark.master"))
                && "cluster".equals(System.getProperty("spark.submit.deployMode"));
        if (!master) {
            System.exit(code);
        }
        if (code != 0) {
            throw new SparkUserAppException(code, new IllegalStateException("exit code " + code));
        }
    }

    @Override
    public Integer call() {
        return run(configuration.file(), configuration.settings(), master).code();
    }

    /** Runs a sweep from its configuration to its exit code; says on stderr what went wrong. */
    public ExitCode run(Path file, List<String> overrides, @Nullable String sparkMaster) {
        try {
            MachineFaults.require();
            EngineCache.claim();
            SweepPlan<?, ?> plan = read(file, overrides);
            SparkConf sparkSettings = settings(plan.sweep().name(), plan.sweep().execution(), sparkMaster);
            SweepOutcome outcome = run(plan, sparkSettings);
            System.err.println(outcome.message() + ": " + plan.sweep().output());
            ended(plan, outcome);
            return outcome.exit();
        } catch (Exception e) { // Spark throws its checked exceptions without declaring them
            Failures.print(e, Failures.exit(e), new PrintWriter(System.err, true, StandardCharsets.UTF_8));
            return Failures.exit(e);
        }
    }

    /** Called at the end of a sweep that was run, whatever its outcome; a command shows results here. */
    protected void ended(SweepPlan<?, ?> plan, SweepOutcome outcome) {}

    /** The plan of a file; a test's own driver makes another one of it. */
    protected SweepPlan<?, ?> read(Path file, List<String> overrides) {
        return Experiments.read(file, overrides);
    }

    private static SweepOutcome run(SweepPlan<?, ?> plan, SparkConf settings) {
        SparkSession spark = start(settings, plan.sweep().execution().gpu());
        try {
            StopSignal stop =
                    StopSignal.ofThisProcess(() -> spark.sparkContext().cancelAllJobs());
            return SweepRun.run(spark, plan, stop);
        } finally {
            spark.stop();
        }
    }

    /** With these settings alone: the session's builder would take up again what was removed from those of the user. */
    static SparkSession start(SparkConf settings, GpuPolicy gpus) {
        MasterProbe.requireAnswer(settings, MasterProbe.PATIENCE);
        GpuSupply.settle(settings, gpus);
        SparkContext spark = context(settings);
        ExecutorCrashLoopGuard.watch(spark);
        return SparkSession.builder().sparkContext(spark).getOrCreate();
    }

    private static SparkContext context(SparkConf settings) {
        try {
            return SparkContext.getOrCreate(settings);
        } catch (Exception e) { // Spark throws its checked exceptions without declaring them
            throw Failures.ofStart(settings.get("spark.master"), e);
        }
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
