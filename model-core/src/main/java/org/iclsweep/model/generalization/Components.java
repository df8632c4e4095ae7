package org.iclsweep.model.generalization;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * Norms and angles of a one-layer model's components (arXiv:2402.15607, propositions 1 and 2). Of W_Q and W_K: the
 * length of W [μ_j; 0] and of its part along μ_j, means over the patterns. Of the rows r_i of W_O W_V: the length of
 * the feature part and its angle to μ̄ = Σ_j μ_j / M₁, and the length of the label part and its angle to q, means over
 * large neurons, in radians.
 *
 * @param large the fraction of neurons whose row is at least half as long as the median row
 * @param positive that of large neurons with a_i &gt; 0, along (μ̄, q)
 * @param negative that of large neurons with a_i &lt; 0, along (μ̄, −q)
 * @param labelAnglePositive mean angle to q of large neurons with a_i &gt; 0
 * @param labelAngleNegative of those with a_i &lt; 0
 */
public record Components(
        double queryNorm,
        double queryProjection,
        double keyNorm,
        double keyProjection,
        double featureNorm,
        double featureAngle,
        double labelNorm,
        double labelAnglePositive,
        double labelAngleNegative,
        double large,
        double positive,
        double negative) {
    /** A row shorter than this part of the median row is small. */
    private static final double SMALL = 0.5;
    /** The largest angle of a neuron that counts as along a direction. */
    private static final double ALONG = Math.PI / 4;

    /** The length of W [μ; 0] and of its part along μ, means over the patterns; W is [D, D], row by row. */
    static double[] projections(double[] weight, double[][] patterns, int width) {
        double norm = 0;
        double along = 0;
        for (double[] pattern : patterns) {
            double[] image = IntStream.range(0, width)
                    .mapToDouble(i ->
                            Vectors.dot(Arrays.copyOfRange(weight, i * width, i * width + pattern.length), pattern))
                    .toArray();
            norm += Vectors.norm(image);
            along += Vectors.dot(Arrays.copyOf(image, pattern.length), pattern) / Vectors.norm(pattern);
        }
        return new double[] {norm / patterns.length, along / patterns.length};
    }

    /**
     * The measures of one model.
     *
     * @param query W_Q [D D]
     * @param key W_K [D D]
     * @param rows W_O W_V [m D]
     * @param signs a [m]
     */
    static Components of(double[] query, double[] key, double[] rows, double[] signs, double[][] patterns, int width) {
        double[] ofQuery = projections(query, patterns, width);
        double[] ofKey = projections(key, patterns, width);
        int dimension = patterns[0].length;
        double[] mean = new double[dimension];
        for (double[] pattern : patterns) {
            for (int i = 0; i < dimension; i++) {
                mean[i] += pattern[i] / patterns.length;
            }
        }
        int neurons = signs.length;
        double[] lengths = lengths(rows, neurons, width);
        double least = SMALL * median(lengths);
        Sums sums = new Sums();
        for (int neuron = 0; neuron < neurons; neuron++) {
            if (lengths[neuron] >= least) {
                double[] row = Arrays.copyOfRange(rows, neuron * width, (neuron + 1) * width);
                sums.add(row, signs[neuron] > 0, mean);
            }
        }
        return sums.over(ofQuery, ofKey, neurons);
    }

    /** ‖r_i‖ of each neuron. */
    static double[] lengths(double[] rows, int neurons, int width) {
        return IntStream.range(0, neurons)
                .mapToDouble(i -> Vectors.norm(Arrays.copyOfRange(rows, i * width, (i + 1) * width)))
                .toArray();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Sums over the large neurons. */
    private static final class Sums {
        private int large;
        private int ofPositive;
        private int positive;
        private int negative;
        private double featureNorm;
        private double featureAngle;
        private double labelNorm;
        private double anglePositive;
        private double angleNegative;

        void add(double[] row, boolean votesPositive, double[] mean) {
            double[] ofFeatures = Arrays.copyOf(row, mean.length);
            double feature = Vectors.norm(ofFeatures);
            double[] label = Arrays.copyOfRange(row, mean.length, row.length);
            double labelLength = Vectors.norm(label);
            double toMean = Math.acos(
                    clamp(Vectors.dot(ofFeatures, mean) / Math.max(Double.MIN_NORMAL, feature * Vectors.norm(mean))));
            double toLabel = Math.acos(clamp(label[0] / Math.max(Double.MIN_NORMAL, labelLength)));
            large++;
            featureNorm += feature;
            featureAngle += toMean;
            labelNorm += labelLength;
            if (votesPositive) {
                ofPositive++;
                anglePositive += toLabel;
                positive += toMean < ALONG && toLabel < ALONG ? 1 : 0;
            } else {
                angleNegative += toLabel;
                negative += toMean < ALONG && toLabel > Math.PI - ALONG ? 1 : 0;
            }
        }

        private static double clamp(double cosine) {
            return Math.max(-1, Math.min(1, cosine));
        }

        Components over(double[] ofQuery, double[] ofKey, int neurons) {
            return new Components(
                    ofQuery[0],
                    ofQuery[1],
                    ofKey[0],
                    ofKey[1],
                    featureNorm / large,
                    featureAngle / large,
                    labelNorm / large,
                    anglePositive / ofPositive,
                    angleNegative / (large - ofPositive),
                    large / (double) neurons,
                    positive / (double) neurons,
                    negative / (double) neurons);
        }
    }
}
