package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.BinaryOperator;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * One step of gradient descent, over all pairs at once, of a linear layer y = W k that shall answer keys k_i with
 * values v_i. The gradient is the engine's, of the loss itself; nothing here knows the dual form that it is compared
 * with.
 */
final class LinearLayerStep {
    private LinearLayerStep() {}

    /** L = −Σ_i v_iᵀ W k_i: a step adds η Σ_i v_i k_iᵀ, from any W and whatever the values. */
    static NDArray dotProduct(NDArray answers, NDArray values) {
        return answers.mul(values).sum().neg();
    }

    /**
     * The change of W [d, P] by one step, in float64; 0 without pairs.
     *
     * @param loss L of the layer's answers and the values, both [n, d]
     * @param weights W [d, P]
     * @param keys [n][P]
     * @param values [n][d]
     * @param rate η
     */
    static RealMatrix change(
            NDManager manager,
            BinaryOperator<NDArray> loss,
            RealMatrix weights,
            double[][] keys,
            double[][] values,
            double rate) {
        if (keys.length == 0) {
            return weights.createMatrix(weights.getRowDimension(), weights.getColumnDimension());
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray w = array(scope, weights.getData());
            NDArray k = array(scope, keys);
            NDArray v = array(scope, values);
            w.setRequiresGradient(true);
            try (GradientRecording recording = GradientRecording.begin()) {
                recording.backward(loss.apply(k.matMul(w.transpose()), v));
            }
            NDArray gradient = w.getGradient();
            gradient.attach(scope);
            return new Array2DRowRealMatrix(Doubles.rows(gradient), false).scalarMultiply(-rate);
        }
    }

    private static NDArray array(NDManager scope, double[][] rows) {
        double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        return OwnedArrays.of(scope, flat, new Shape(rows.length, rows[0].length), DataType.FLOAT64);
    }
}
