package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Key;

/** The keys of the scaling {@code yarn} alone (arXiv:2309.00071), with what follows from them. */
record YarnScaling(
        @Key(doc = "yarn: f; absent: 0.1 ln s + 1.", above = 0)
        OptionalDouble attentionFactor,

        @Key(doc = "yarn: turns in the training from which waves are not scaled; absent: 32.", from = 0)
        OptionalDouble betaFast,

        @Key(doc = "yarn: turns up to which waves are scaled whole; absent: 1.", from = 0)
        OptionalDouble betaSlow,

        @Key(doc = "yarn: in the place of 1 in f, divided by the same of mscale_all_dim.", from = 0)
        OptionalDouble mscale,

        @Key(doc = "yarn: see mscale.", from = 0) OptionalDouble mscaleAllDim,

        @Key(doc = "yarn: borders at whole features; absent: true.")
        Optional<Boolean> truncate) {
    /** f of the factor s. */
    double attentionFactor(double s) {
        boolean both = mscale.orElse(0) > 0 && mscaleAllDim.orElse(0) > 0;
        double derived = both
                ? temperature(s, mscale.getAsDouble()) / temperature(s, mscaleAllDim.getAsDouble())
                : temperature(s, 1);
        return attentionFactor.orElse(derived);
    }

    /** The factor of all scores that the attention of DeepSeek takes for the factor s. */
    double scoreFactor(double s) {
        return mscaleAllDim.orElse(0) > 0 ? Math.pow(temperature(s, mscaleAllDim.getAsDouble()), 2) : 1;
    }

    private static double temperature(double s, double mscale) {
        return s <= 1 ? 1 : 0.1 * mscale * Math.log(s) + 1;
    }

    /** The first and the last feature pair between the borders. */
    double[] between(int h, double theta, double positions) {
        double low = pair(orDefault(betaFast, 32), h, theta, positions);
        double high = pair(orDefault(betaSlow, 1), h, theta, positions);
        if (truncate.orElse(true)) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, 2 * h - 1.0);
        return new double[] {low, low == high ? high + 0.001 : high};
    }

    /** transformers takes its default where 0 is given. */
    private static double orDefault(OptionalDouble turns, double absent) {
        return turns.orElse(0) == 0 ? absent : turns.getAsDouble();
    }

    /** The pair whose wave turns that often in {@code positions}. */
    private static double pair(double turns, int h, double theta, double positions) {
        return h * Math.log(positions / (turns * 2 * Math.PI)) / Math.log(theta);
    }
}
