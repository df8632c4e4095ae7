package org.iclsweep.model.metaoptimizer;

import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;

/**
 * A head of attention without softmax and scale, and its dual form (arXiv:2212.10559, eq. 11 to 13). With tokens x_i as
 * columns of X (before the query) and X′ (demonstrations):
 *
 * <pre>
 *   F(q) = W_V X (W_K X)ᵀ q + W_V X′ (W_K X′)ᵀ q = (W_ZSL + ΔW_ICL) q,   ΔW_ICL = Σ_i (W_V x′_i) (W_K x′_i)ᵀ
 *   (W_V + ΔW_V) X Xᵀ (W_K + ΔW_K)ᵀ q = (W_ZSL + ΔW_FT) q
 *   ΔW_FT = ΔW_V S W_Kᵀ + W_V S ΔW_Kᵀ + ΔW_V S ΔW_Kᵀ,   S = X Xᵀ
 * </pre>
 *
 * ΔW_FT depends on the query's own tokens, ΔW_ICL does not.
 *
 * @param keys W_K [P, D]
 * @param values W_V [d, D]
 */
record LinearHead(RealMatrix keys, RealMatrix values) {

    /** Σ_i (W_V x_i) (W_K x_i)ᵀ [d, P] of {@code tokens} [n][D]: W_ZSL of a query's, ΔW_ICL of demonstrations'. */
    RealMatrix weights(double[][] tokens) {
        RealMatrix sum = MatrixUtils.createRealMatrix(values.getRowDimension(), keys.getRowDimension());
        for (double[] token : tokens) {
            RealVector x = new ArrayRealVector(token, false);
            sum = sum.add(values.operate(x).outerProduct(keys.operate(x)));
        }
        return sum;
    }

    /**
     * ΔW_FT [d, P] of {@code tokens} [n][D], the query's own.
     *
     * @param keyChange ΔW_K [P, D]
     * @param valueChange ΔW_V [d, D]
     */
    RealMatrix fineTuned(double[][] tokens, RealMatrix keyChange, RealMatrix valueChange) {
        RealMatrix s = gram(tokens);
        RealMatrix first = valueChange.multiply(s).multiply(keys.transpose());
        RealMatrix second = values.multiply(s).multiply(keyChange.transpose());
        RealMatrix both = valueChange.multiply(s).multiply(keyChange.transpose());
        return first.add(second).add(both);
    }

    /** S = X Xᵀ [D, D]. */
    private RealMatrix gram(double[][] tokens) {
        int size = keys.getColumnDimension();
        RealMatrix sum = MatrixUtils.createRealMatrix(size, size);
        for (double[] token : tokens) {
            RealVector x = new ArrayRealVector(token, false);
            sum = sum.add(x.outerProduct(x));
        }
        return sum;
    }
}
