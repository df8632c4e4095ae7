package org.iclsweep.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;

/**
 * Equality of arrays up to a tolerance in plain arithmetic: AssertJ's comparator takes two decimal numbers of unlimited
 * precision for each entry, which is half the time of a test of large states.
 */
public final class Closeness {
    private Closeness() {}

    /** Fails with the entry that is farthest off; NaN is close to nothing. */
    public static void assertClose(String name, double[] found, double[] expected, double tolerance) {
        assertThat(found).as(name).hasSameSizeAs(expected);
        int worst = IntStream.range(0, found.length)
                .reduce(0, (a, b) -> off(found, expected, b) > off(found, expected, a) ? b : a);
        if (found.length > 0) {
            assertThat(off(found, expected, worst))
                    .as("%s[%d]: expected %s, found %s", name, worst, expected[worst], found[worst])
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    private static double off(double[] found, double[] expected, int index) {
        double off = Math.abs(found[index] - expected[index]);
        return Double.isNaN(off) ? Double.POSITIVE_INFINITY : off;
    }
}
