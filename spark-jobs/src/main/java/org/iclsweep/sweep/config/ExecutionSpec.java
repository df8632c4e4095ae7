package org.iclsweep.sweep.config;

import java.io.Serializable;
import org.iclsweep.datasets.fault.Key;
import org.jspecify.annotations.Nullable;

/** The block {@code execution} of every kind of sweep: batches, task slots and the end of a run. */
public record ExecutionSpec(
        @Key(
                doc = "Tokens, padding included, that go through the model at once; a training has its own batch.",
                from = 1,
                otherwise = "16384")
        int batchTokens,

        @Key(
                doc =
                        "The most trials that are worked on together, whole demonstration sets of some seconds; cut by the plan's index, so the same on any number of executors.",
                from = 1,
                otherwise = "128")
        int batchTrials,

        @Key(
                doc =
                        "`true`: the padded shape is a function of the trial alone, so that the same bits come out whatever the"
                                + " batches.",
                otherwise = "false")
        boolean strict,

        @Key(
                doc =
                        "The part of the trials that may fail. As soon as more have failed, or all of the first hundred that are"
                                + " finished, the sweep ends with exit code 3; 1: never.",
                from = 0,
                to = 1,
                otherwise = "0.01",
                withoutEffectOnRows = true)
        double maxFailedFraction,

        @Key(
                doc = "The end of a run before the sweep's; none by default.",
                otherwise = "{}",
                withoutEffectOnRows = true)
        Budget budget,

        @Key(
                doc = "Spark tasks that a wave is divided into; 0: eight for each slot.",
                from = 0,
                otherwise = "0",
                withoutEffectOnRows = true)
        int tasksPerWave,

        @Key(
                doc = "Intra-op threads of each task slot; no more than there are cores for.",
                from = 1,
                otherwise = "1",
                withoutEffectOnRows = true)
        int threadsPerTask,

        @Key(
                doc =
                        "The GPU that Spark gives a task: `prefer` takes the CPU where there is none (column `run.device`),"
                                + " `require` exits with 5, `off` asks for none. Like any other machine, a GPU rounds its own"
                                + " way; the rows are the same up to that.",
                otherwise = "prefer",
                withoutEffectOnRows = true)
        GpuPolicy gpu)
        implements Serializable {
    /** The block {@code budget}. */
    public record Budget(
            @Key(
                    doc =
                            "Hours after which a run ends in good order, with exit code 6; another run goes on from there.",
                    above = 0,
                    withoutEffectOnRows = true)
            @Nullable Double hours)
            implements Serializable {}

    /** The meaning of the block. */
    public static final String DOC =
            "Batches, task slots and the end of a run; the keys that it leaves out have their defaults.";

    /** The key of the block. */
    public static final String BLOCK = "execution";

    /** The execution of trials where a configuration has no block {@code execution}. */
    public static final ExecutionSpec DEFAULTS = Section.defaults(ExecutionSpec.class);
}
