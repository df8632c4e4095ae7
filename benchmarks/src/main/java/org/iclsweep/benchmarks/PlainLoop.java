package org.iclsweep.benchmarks;

import ai.djl.Device;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.TimeEstimate;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.Wave;

/** The batches of a plan, one after another in one thread: no Spark, no tables. */
record PlainLoop<S extends Serializable, T extends PlannedTrial>(SweepPlan<S, T> plan) {

    static PlainLoop<?, ?> of(Path configuration, String... settings) {
        return new PlainLoop<>(Experiments.read(configuration, List.of(settings)));
    }

    /** All batches, in order. */
    List<Batch> batches() {
        return plan.batches(new Wave(0, 0, plan.size()));
    }

    /** The time of a sweep's trials as the command {@code plan} estimates it, for one slot, by another clock. */
    TimeEstimate estimate(Duration patience, LongSupplier clock) {
        return TimeEstimate.measure(plan, 1, patience, clock);
    }

    void run(List<Batch> batches) {
        run(batches, Device.cpu());
    }

    void run(List<Batch> batches, Device device) {
        try (TrialRunner<T> runner = plan.experiment().runner(plan.sweep(), device)) {
            for (Batch batch : batches) {
                runner.run(plan.trials(batch));
            }
        }
    }
}
