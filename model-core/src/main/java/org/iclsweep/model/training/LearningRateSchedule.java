package org.iclsweep.model.training;

import java.io.Serializable;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.fault.OneOf;

/** The factor by which the learning rate is multiplied, step by step. */
@OneOf(
        value = "schedule",
        otherwise = "cosine",
        doc = "Decrease of the learning rate behind its warm-up: half a cosine, or constant and then linear.")
public sealed interface LearningRateSchedule extends Serializable {

    /** The factor at {@code step}, from 0, of {@code steps}. */
    double factor(long step, long steps);

    /** Linear growth over the first {@code warmup} steps, 1 at the last of them. */
    private static double warmedUp(long step, int warmup) {
        return warmup == 0 ? 1 : Math.min(1, (step + 1.0) / warmup);
    }

    /** Warm-up, then half a cosine from 1 down to {@code floor}. */
    @Named("cosine")
    record WarmupCosine(
            @Key(doc = "Steps of linear growth.", from = 0, otherwise = "100")
            int warmup,

            @Key(doc = "`cosine`: the factor at the end.", from = 0, to = 1, otherwise = "0.05")
            double floor)
            implements LearningRateSchedule {
        @Override
        public double factor(long step, long steps) {
            if (step < warmup) {
                return warmedUp(step, warmup);
            }
            double progress = (double) (step - warmup) / Math.max(1, steps - warmup);
            return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
        }
    }

    /** Warm-up, then 1 until the fraction {@code constant} of all steps is done, then linear down to 0. */
    @Named("constant-linear")
    record ConstantThenLinear(
            @Key(doc = "Steps of linear growth.", from = 0, otherwise = "100")
            int warmup,

            @Key(
                    doc = "`constant-linear`: the part of the steps before the linear decrease.",
                    from = 0,
                    to = 1,
                    otherwise = "0.5")
            double constant)
            implements LearningRateSchedule {
        @Override
        public double factor(long step, long steps) {
            double left = 1 - (double) step / steps;
            return warmedUp(step, warmup) * Math.min(1, left / (1 - constant));
        }
    }
}
