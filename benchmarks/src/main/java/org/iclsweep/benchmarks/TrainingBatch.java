package org.iclsweep.benchmarks;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.iclsweep.model.generalization.DataModel;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.model.generalization.RunSettings.Architecture;
import org.iclsweep.model.generalization.RunSettings.Kind;
import org.iclsweep.model.generalization.RunSettings.Optimization;
import org.iclsweep.model.generalization.RunSettings.Precision;
import org.iclsweep.model.generalization.TaskCoverage;
import org.iclsweep.model.generalization.TrainingRuns;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Ten trainings of the paper's setting, 10 steps each: so many in one computation, one computation after another. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TrainingBatch {
    private static final int RUNS = 10;
    private static final int STEPS = 10;

    @Param({"1", "2", "5", "10"})
    public int together;

    @Benchmark
    public double trained() {
        double loss = 0;
        for (int first = 0; first < RUNS; first += together) {
            List<RunSettings> settings = new ArrayList<>();
            long[] seeds = new long[together];
            for (int run = 0; run < together; run++) {
                settings.add(settings());
                seeds[run] = first + run;
            }
            for (RunOutcome outcome : TrainingRuns.run(settings, seeds, List.of(), STEPS, Device.cpu())) {
                loss += outcome.loss();
            }
        }
        return loss;
    }

    private static RunSettings settings() {
        return new RunSettings(
                new DataModel(30, 30, 6, 24, 2, 1, 0.5, 1),
                new TaskCoverage(TaskCoverage.Kind.CYCLIC, List.of(1, 2)),
                0.8,
                20,
                20,
                new Architecture(Kind.ONE_LAYER, 200, 0.2, 0.02, 1, 1, 1),
                new Optimization(0.1, 100, STEPS, 0, 1, 0.9, 0.2, 0, 1e4),
                Precision.FLOAT32);
    }
}
