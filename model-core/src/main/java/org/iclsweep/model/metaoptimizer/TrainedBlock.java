package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * Columns [from, to) of a tensor that fine-tuning changes: all of them, or where a checkpoint writes several
 * projections side by side, those of one.
 *
 * @param module name of the module of the tensor, empty at the top
 * @param tensor its name
 * @param part the kind of its weights
 * @param columns number of the tensor's columns, along its last axis
 */
public record TrainedBlock(String module, String tensor, Part part, long from, long to, long columns) {

    /** The kind of a block. */
    public enum Part {
        KEYS,
        VALUES,
        OTHER
    }

    /**
     * {@code gradient} with zeros outside of {@code blocks}, which are of this one tensor; owned by {@code scope}, as
     * {@code gradient} is from now on.
     */
    static NDArray masked(NDArray gradient, List<TrainedBlock> blocks, NDManager scope) {
        gradient.attach(scope);
        int columns = (int) blocks.get(0).columns();
        double[] mask = new double[columns];
        blocks.forEach(block -> Arrays.fill(mask, (int) block.from, (int) block.to, 1));
        if (Arrays.stream(mask).allMatch(one -> one == 1)) {
            return gradient;
        }
        try (NDArray kept = OwnedArrays.of(scope, mask, new Shape(columns), gradient.getDataType())) {
            return gradient.mul(kept);
        }
    }

    /** The Frobenius norm of these columns of {@code tensor}, summed in float64. */
    double norm(NDArray tensor) {
        if (to - from == columns) {
            return Math.sqrt(sumOfSquares(tensor));
        }
        try (NDArray own = tensor.get("..., " + from + ":" + to)) {
            return Math.sqrt(sumOfSquares(own));
        }
    }

    /** Of all entries, in float64. */
    static double sumOfSquares(NDArray tensor) {
        try (NDManager scope = tensor.getManager().newSubManager()) {
            NDArray exact = OwnedArrays.copy(tensor, DataType.FLOAT64);
            exact.attach(scope);
            NDArray squares = exact.mul(exact);
            squares.attach(scope);
            NDArray sum = squares.sum();
            sum.attach(scope);
            return sum.getDouble();
        }
    }
}
