package org.iclsweep.sweep.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.math3.special.Gamma;

/** Two-sided tests of paired results, and the correction for many of them. */
final class PairedTests {
    private static final int FLIPS = 9999;

    private PairedTests() {}

    /**
     * McNemar's exact test: of the answers that one side alone has right, either side is as likely to be that one.
     *
     * @param onlyA answers that A alone has right
     * @param onlyB answers that B alone has right
     */
    static double mcNemar(long onlyA, long onlyB) {
        long all = onlyA + onlyB;
        long fewer = Math.min(onlyA, onlyB);
        // C(n, k) / 2ⁿ from k = fewer down, as a sum relative to its first term: no p is so small that it becomes 0.
        double sum = 0;
        double term = 1;
        for (long k = fewer; k >= 0 && term > 1e-17 * sum; k--) {
            sum += term;
            term *= (double) k / (all - k + 1);
        }
        double first = Gamma.logGamma(all + 1.0)
                - Gamma.logGamma(fewer + 1.0)
                - Gamma.logGamma(all - fewer + 1.0)
                - all * Math.log(2);
        return Math.min(1, 2 * sum * Math.exp(first));
    }

    /**
     * The randomisation test of a mean difference: without an effect, each set's difference has either sign with equal
     * probability. The smallest value is 1 / 10,000.
     */
    static double signFlips(double[] differences, long seed) {
        double observed = Math.abs(Arrays.stream(differences).sum());
        double rounding = 1e-12 * Arrays.stream(differences).map(Math::abs).sum();
        SplittableRandom random = new SplittableRandom(seed);
        int asLarge = 1;
        for (int flip = 0; flip < FLIPS; flip++) {
            double sum = 0;
            for (double difference : differences) {
                sum += random.nextBoolean() ? difference : -difference;
            }
            if (Math.abs(sum) >= observed - rounding) {
                asLarge++;
            }
        }
        return asLarge / (FLIPS + 1.0);
    }

    /** Holm's correction (1979): the values in their order, each for the whole of them. */
    static double[] holm(double[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] corrected = new double[values.length];
        double most = 0;
        for (int rank = 0; rank < order.length; rank++) {
            most = Math.max(most, Math.min(1, values[order[rank]] * (values.length - rank)));
            corrected[order[rank]] = most;
        }
        return corrected;
    }
}
