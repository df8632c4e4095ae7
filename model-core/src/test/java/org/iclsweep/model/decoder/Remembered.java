package org.iclsweep.model.decoder;

/** The state that replaces a context's keys and values of one key head, in the loops. */
interface Remembered {
    /**
     * Adds the values to {@code sum}, each by its weight, and returns the sum of weights.
     *
     * @param q the query, turned by its position, which counts from 0 behind the context
     * @param scale c
     * @param largest what all scores are less by, so that no exponential is too large
     */
    double addTo(double[] sum, double[] q, double scale, double largest);

    /** The weight of a pair of a context's own tokens, both turned by their positions, in the place of exp(c qᵀk). */
    interface Similarity {
        double of(String module, int keyHead, double[] q, double[] k, double scale);
    }

    /**
     * Makes it for one layer, of keys turned to R_{j−M} k_j and values [M][d], and the queries R_{i−M} q_i of its query
     * heads [H/Hk][M][d].
     */
    interface Of {
        Remembered of(String module, int keyHead, double[][] keys, double[][] values, double[][][] queries);
    }
}
