package org.iclsweep.sweep.config;

import java.io.Serializable;
import org.iclsweep.datasets.fault.Key;

/** The block {@code execution} of every kind of sweep: batches, waves and task slots. */
public record ExecutionSpec(
        @Key(
                doc = "Tokens, padding included, that go through the model at once; a training has its own batch.",
                from = 1,
                otherwise = "16384")
        int batchTokens,

        @Key(
                doc =
                        "Trials that are worked on together; cut by the plan's index, so the same on any number of executors.",
                from = 1,
                otherwise = "128")
        int batchTrials,

        @Key(doc = "Trials that are committed together.", from = 1, otherwise = "4096")
        int waveTrials,

        @Key(
                doc =
                        "`true`: the padded shape is a function of the trial alone, so that the same bits come out whatever the"
                                + " batches.",
                otherwise = "false")
        boolean strict,

        @Key(
                doc = "The part of the trials that may fail; beyond it, a finished sweep exits with 3.",
                from = 0,
                to = 1,
                otherwise = "0.01",
                withoutEffectOnRows = true)
        double maxFailedFraction,

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
    /** The meaning of the block. */
    public static final String DOC = "Batches, waves and task slots; the keys that it leaves out have their defaults.";

    /** The key of the block. */
    public static final String BLOCK = "execution";

    /** The execution of trials where a configuration has no block {@code execution}. */
    public static final ExecutionSpec DEFAULTS = Section.defaults(ExecutionSpec.class);
}
