package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * One step of gradient descent, over all pairs at once, of a linear layer y = W k that shall answer keys k_i with
 * values v_i. The gradient is the engine's, of the loss itself; nothing here knows the dual form that it is compared
 * with.
 */
public enum LinearLayerStep {
    /** L = −Σ_i v_iᵀ W k_i: a step adds η Σ_i v_i k_iᵀ, from any W and whatever the values. */
    DOT_PRODUCT {
        @Override
        NDArray loss(NDArray answers, NDArray values) {
            return answers.mul(values).sum().neg();
        }
    },
    /** L = ½ Σ_i ‖W k_i − v_i‖²: a step adds η Σ_i (v_i − W k_i) k_iᵀ, the same only from W = 0. */
    SQUARED {
        @Override
        NDArray loss(NDArray answers, NDArray values) {
            NDArray errors = answers.sub(values);
            return Activations.scaled(errors.mul(errors).sum(), 0.5);
        }
    };

    /** L of what the layer answers [n, d]. */
    abstract NDArray loss(NDArray answers, NDArray values);

    /**
     * The change of W [d, P] by one step, in float64; 0 without pairs.
     *
     * @param weights W [d, P]
     * @param keys [n][P]
     * @param values [n][d]
     * @param rate η
     */
    public RealMatrix change(NDManager manager, RealMatrix weights, double[][] keys, double[][] values, double rate) {
        if (keys.length == 0) {
            return weights.createMatrix(weights.getRowDimension(), weights.getColumnDimension());
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray w = array(scope, weights.getData());
            NDArray k = array(scope, keys);
            NDArray v = array(scope, values);
            w.setRequiresGradient(true);
            try (GradientRecording recording = GradientRecording.begin()) {
                recording.backward(loss(k.matMul(w.transpose()), v));
            }
            NDArray gradient = w.getGradient();
            gradient.attach(scope);
            double[] flat = gradient.flatten().toDoubleArray();
            return rows(flat, weights.getColumnDimension()).scalarMultiply(-rate);
        }
    }

    private static NDArray array(NDManager scope, double[][] rows) {
        double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        return OwnedArrays.of(scope, flat, new Shape(rows.length, rows[0].length), DataType.FLOAT64);
    }

    private static RealMatrix rows(double[] flat, int columns) {
        double[][] rows = new double[flat.length / columns][];
        Arrays.setAll(rows, row -> Arrays.copyOfRange(flat, row * columns, (row + 1) * columns));
        return new Array2DRowRealMatrix(rows, false);
    }
}
