package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * The inverse of I + N for strictly lower triangular N, by doubling: with X the inverse of the diagonal blocks of size
 * s, the inverse of those of size 2s is X − X C X, C being the blocks of N between each pair. As many products as the
 * sum of powers ∏(I + (−N)^{2^i}), but without its cancellation: where keys repeat, those powers grow like binomial
 * coefficients while the inverse stays small.
 */
public final class UnitTriangular {
    private UnitTriangular() {}

    /** (I + {@code n})⁻¹ [..., t, t]; {@code n} is zero on and above its diagonal. */
    public static NDArray inverse(NDArray n) {
        int size = (int) n.getShape().get(n.getShape().dimension() - 1);
        NDManager manager = n.getManager();
        NDArray inverse = manager.eye(size).toType(n.getDataType(), false);
        for (int block = 1; block < size; block *= 2) {
            NDArray between = n.mul(between(manager, size, block, n.getDataType()));
            // The first X is the identity: X − X C X = I − C.
            inverse = block == 1
                    ? inverse.sub(between)
                    : inverse.sub(inverse.matMul(between).matMul(inverse));
        }
        return inverse;
    }

    /** One where row and column lie in the second and first half of the same pair of blocks. */
    private static NDArray between(NDManager manager, int size, int block, DataType type) {
        float[] mask = new float[size * size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column < row; column++) {
                boolean samePair = row / (2 * block) == column / (2 * block);
                mask[row * size + column] = samePair && row / block != column / block ? 1 : 0;
            }
        }
        return OwnedArrays.of(manager, mask, new Shape(size, size), type);
    }
}
