package org.iclsweep.model.metaoptimizer;

import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/**
 * The proportion of successes among some trials.
 *
 * @param successes of them
 * @param trials in all; of none there is no rate
 */
public record Proportion(int successes, int trials) {
    private static final double CONFIDENCE = 0.95;

    public Proportion {
        if (successes < 0 || successes > trials) {
            throw new IllegalArgumentException(successes + " of " + trials);
        }
    }

    /** successes / trials. */
    public OptionalDouble rate() {
        return trials == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) successes / trials);
    }

    /** Bounds of a rate. */
    public record Interval(double lower, double upper) {}

    /** Wilson's interval of the rate, of 95 %, which is one for few trials and for none or all of them too. */
    public Optional<Interval> wilson() {
        if (trials == 0) {
            return Optional.empty();
        }
        ConfidenceInterval interval = new WilsonScoreInterval().createInterval(trials, successes, CONFIDENCE);
        return Optional.of(new Interval(interval.getLowerBound(), interval.getUpperBound()));
    }
}
