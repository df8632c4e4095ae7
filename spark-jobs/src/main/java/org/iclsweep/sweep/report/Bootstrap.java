package org.iclsweep.sweep.report;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The percentile bootstrap of a mean (Efron 1979): sets are drawn with replacement, as many as there are, and the 2.5 %
 * and 97.5 % quantiles of the means are the interval. The seed is an argument: the same differences give the same
 * interval.
 */
final class Bootstrap {
    static final int RESAMPLES = 2000;
    private static final double TAIL = 0.025;

    private Bootstrap() {}

    /** The interval of the mean of the values; for one value, or equal ones, it has no width. */
    static ComparedCell.Interval ofMean(double[] values, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] means = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            double sum = 0;
            for (int i = 0; i < values.length; i++) {
                sum += values[random.nextInt(values.length)];
            }
            means[r] = sum / values.length;
        }
        Arrays.sort(means);
        return new ComparedCell.Interval(quantile(means, TAIL), quantile(means, 1 - TAIL));
    }

    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
