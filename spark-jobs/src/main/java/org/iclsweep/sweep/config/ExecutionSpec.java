package org.iclsweep.sweep.config;

import java.io.Serializable;
import java.util.List;

/**
 * The block {@code execution}: how the trials are put together and run.
 *
 * @param tasksPerWave 0: chosen by the number of slots
 * @param threadsPerTask intra-op threads of a slot, as asked for
 */
public record ExecutionSpec(
        int batchTokens,
        int batchTrials,
        int waveTrials,
        boolean strict,
        double maxFailedFraction,
        int tasksPerWave,
        int threadsPerTask,
        GpuPolicy gpu)
        implements Serializable {
    public static final Key<Integer> BATCH_TOKENS = Key.optional(
            "batch-tokens",
            ValueType.wholeNumberFrom(1),
            16384,
            "How many tokens, padding included, go through the model at once.");
    public static final Key<Integer> BATCH_TRIALS = Key.optional(
            "batch-trials",
            ValueType.wholeNumberFrom(1),
            128,
            "How many trials are worked on together; cut by the plan's index, so the same on any number of executors.");
    public static final Key<Integer> WAVE_TRIALS =
            Key.optional("wave-trials", ValueType.wholeNumberFrom(1), 4096, "How many trials are committed together.");
    public static final Key<Boolean> STRICT = Key.optional(
            "strict",
            ValueType.flag(),
            false,
            "Whether the padded shape is a function of the trial alone, so that the same bits come out whatever the"
                    + " batches.");
    public static final Key<Double> MAX_FAILED_FRACTION = Key.optional(
                    "max-failed-fraction",
                    ValueType.fraction(),
                    0.01,
                    "The part of the trials that may fail; beyond it, a finished sweep exits with 3.")
            .withoutEffectOnRows();
    public static final Key<Integer> TASKS_PER_WAVE = Key.optional(
                    "tasks-per-wave",
                    ValueType.wholeNumberFrom(0),
                    0,
                    "How many Spark tasks a wave is divided into; 0: eight for each slot.")
            .withoutEffectOnRows();
    public static final Key<Integer> THREADS_PER_TASK = Key.optional(
                    "threads-per-task",
                    ValueType.wholeNumberFrom(1),
                    1,
                    "Intra-op threads of each task slot; no more than there are cores for.")
            .withoutEffectOnRows();
    public static final Key<GpuPolicy> GPU = Key.optional(
                    "gpu",
                    ValueType.oneOf(GpuPolicy.class),
                    GpuPolicy.PREFER,
                    "Whether trials compute on the GPU that Spark gives a task: `prefer` takes the CPU where there is none"
                            + " (`run.device` says so), `require` exits with 5, `off` asks for none. Like any other"
                            + " machine, a GPU rounds its own way; the rows are the same up to that.")
            .withoutEffectOnRows();
    public static final List<Key<?>> KEYS = List.of(
            BATCH_TOKENS,
            BATCH_TRIALS,
            WAVE_TRIALS,
            STRICT,
            MAX_FAILED_FRACTION,
            TASKS_PER_WAVE,
            THREADS_PER_TASK,
            GPU);

    /** How trials are run where a configuration says nothing about it. */
    public static final ExecutionSpec DEFAULTS = new ExecutionSpec(
            BATCH_TOKENS.fallback(),
            BATCH_TRIALS.fallback(),
            WAVE_TRIALS.fallback(),
            STRICT.fallback(),
            MAX_FAILED_FRACTION.fallback(),
            TASKS_PER_WAVE.fallback(),
            THREADS_PER_TASK.fallback(),
            GPU.fallback());

    /** The execution of trainings, which compute on the CPU. */
    public static ExecutionSpec ofTrainings(int waveTrials, double maxFailedFraction) {
        return new ExecutionSpec(
                DEFAULTS.batchTokens,
                DEFAULTS.batchTrials,
                waveTrials,
                DEFAULTS.strict,
                maxFailedFraction,
                DEFAULTS.tasksPerWave,
                DEFAULTS.threadsPerTask,
                GpuPolicy.OFF);
    }

    public static ExecutionSpec read(Section section) {
        section.allow(KEYS);
        return new ExecutionSpec(
                section.get(BATCH_TOKENS),
                section.get(BATCH_TRIALS),
                section.get(WAVE_TRIALS),
                section.get(STRICT),
                section.get(MAX_FAILED_FRACTION),
                section.get(TASKS_PER_WAVE),
                section.get(THREADS_PER_TASK),
                section.get(GPU));
    }
}
