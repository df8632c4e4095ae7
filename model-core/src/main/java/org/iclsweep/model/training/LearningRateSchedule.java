package org.iclsweep.model.training;

/** The factor by which the learning rate is multiplied, step by step. */
public sealed interface LearningRateSchedule {

    /** The factor at {@code step}, from 0, of {@code steps}. */
    double factor(long step, long steps);

    /** Linear growth over the first {@code warmup} steps, 1 at the last of them. */
    private static double warmedUp(long step, int warmup) {
        return warmup == 0 ? 1 : Math.min(1, (step + 1.0) / warmup);
    }

    /** Warm-up, then half a cosine from 1 down to {@code floor}. */
    record WarmupCosine(int warmup, double floor) implements LearningRateSchedule {
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
    record ConstantThenLinear(int warmup, double constant) implements LearningRateSchedule {
        @Override
        public double factor(long step, long steps) {
            double left = 1 - (double) step / steps;
            return warmedUp(step, warmup) * Math.min(1, left / (1 - constant));
        }
    }
}
