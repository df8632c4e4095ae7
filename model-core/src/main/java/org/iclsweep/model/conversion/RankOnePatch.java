package org.iclsweep.model.conversion;

import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;

/**
 * The change n ↦ n + u (w·n) of a feed-forward part's inputs that best stands for what a context does to them, and the
 * shift δ of the stream beside it. With N the inputs of n tokens without the context and C those with it, the rows of
 * both [n, D]:
 *
 * <pre>
 *   min ‖N w uᵀ − (C − N)‖² + λ ‖w uᵀ‖²   over u, w;   δ = mean (h_C − h)
 * </pre>
 *
 * Ridge regression of rank one: with A = (N Nᵀ + λ)⁻¹ and Δ = C − N, the regression of full rank is M = Δᵀ A N, u is
 * the first eigenvector of Δᵀ A N Nᵀ Δ, and w = Mᵀ u. Of one token with λ = 0 it is w = n ‖Δ‖ / ‖n‖², u = Δ / ‖Δ‖,
 * which is the exact patch of arXiv:2507.16003: W u wᵀ = (W Δ) nᵀ / ‖n‖².
 *
 * @param u [D]
 * @param w [D]
 * @param shift δ [D]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RankOnePatch(double[] u, double[] w, double[] shift) {
    private static final int ITERATIONS = 200;

    /** No change of {@code size} features. */
    static RankOnePatch none(int size) {
        return new RankOnePatch(new double[size], new double[size], new double[size]);
    }

    /**
     * The patch of some tokens.
     *
     * @param bare inputs without the context [n][D]
     * @param prompted the same with it [n][D]
     * @param bareStream h [n][D]
     * @param promptedStream h_C [n][D]
     * @param ridge λ over the mean of the squared lengths of {@code bare}
     */
    static RankOnePatch of(
            double[][] bare, double[][] prompted, double[][] bareStream, double[][] promptedStream, double ridge) {
        RealMatrix n = new Array2DRowRealMatrix(bare);
        RealMatrix change = new Array2DRowRealMatrix(prompted).subtract(n);
        double[] shift = means(new Array2DRowRealMatrix(promptedStream).subtract(new Array2DRowRealMatrix(bareStream)));
        if (change.getFrobeniusNorm() == 0) {
            return new RankOnePatch(new double[shift.length], new double[shift.length], shift);
        }
        RealMatrix gram = n.multiply(n.transpose());
        double scale = gram.getTrace() / bare.length;
        RealMatrix ridged =
                gram.add(MatrixUtils.createRealIdentityMatrix(bare.length).scalarMultiply(ridge * scale));
        RealMatrix inverse = new LUDecomposition(ridged).getSolver().getInverse();
        RealVector u = first(change, inverse.multiply(gram));
        RealVector w = n.preMultiply(inverse.operate(change.operate(u)));
        return new RankOnePatch(u.toArray(), w.toArray(), shift);
    }

    /** The first eigenvector of Δᵀ B Δ, by power iteration from the longest row of Δ. */
    private static RealVector first(RealMatrix change, RealMatrix between) {
        RealVector u = new ArrayRealVector(change.getColumnDimension());
        for (int row = 0; row < change.getRowDimension(); row++) {
            RealVector one = change.getRowVector(row);
            u = one.getNorm() > u.getNorm() ? one : u;
        }
        u = u.unitVector();
        for (int i = 0; i < ITERATIONS; i++) {
            RealVector next = change.preMultiply(between.operate(change.operate(u)));
            if (next.getNorm() == 0) {
                return u;
            }
            u = next.unitVector();
        }
        return u;
    }

    private static double[] means(RealMatrix rows) {
        double[] ones = new double[rows.getRowDimension()];
        Arrays.fill(ones, 1.0 / ones.length);
        return rows.preMultiply(ones);
    }
}
