package org.iclsweep.sweep.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests and intervals against values computed by hand. */
class PairedTestsTest {
    /** Sums of binomial coefficients over powers of two; two-sided, at most 1. */
    @ParameterizedTest(name = "{0} and {1}")
    @CsvSource({
        "0, 0, 1",
        "5, 5, 1",
        "1, 9, 0.021484375",
        "9, 1, 0.021484375",
        "0, 10, 0.001953125",
        "0, 100, 1.577721810442024e-30"
    })
    void mcNemarIsTheExactBinomialTest(long onlyA, long onlyB, double p) {
        assertThat(PairedTests.mcNemar(onlyA, onlyB)).isCloseTo(p, within(1e-12 * p));
    }

    /** Of the 16 signs of four equal differences, 2 have a mean as large. */
    @Test
    void signFlipsCountTheSignsWithAMeanAsLarge() {
        assertThat(PairedTests.signFlips(new double[] {0.1, 0.1, 0.1, 0.1}, 7)).isCloseTo(0.125, within(0.012));
        assertThat(PairedTests.signFlips(new double[] {0, 0, 0}, 7)).isEqualTo(1);
    }

    /** 0.01 × 4, 0.02 × 3, 0.03 × 2 and 0.9 × 1, none smaller than the one before. */
    @Test
    void holmMultipliesTheSmallestByTheNumberOfAll() {
        assertThat(PairedTests.holm(new double[] {0.9, 0.01, 0.03, 0.02}))
                .containsExactly(new double[] {0.9, 0.04, 0.06, 0.06}, within(1e-12));
    }

    /** The standard error of the mean of 400 values, half 0 and half 1, is 0.025: the interval is 0.5 ± 0.049. */
    @Test
    void theBootstrapsIntervalIsThatOfTheNormalDistributionWhereSetsAreMany() {
        double[] values = new double[400];
        Arrays.fill(values, 0, 200, 1);
        ComparedCell.Interval interval = Bootstrap.ofMean(values, 7);
        assertThat(interval.low()).isCloseTo(0.451, within(0.004));
        assertThat(interval.high()).isCloseTo(0.549, within(0.004));
        assertThat(Bootstrap.ofMean(values, 7)).isEqualTo(interval);
    }
}
