package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * The inverse of I + N for strictly lower triangular N, by doubling: with X the inverse of the diagonal blocks of size
 * s, the inverse of those of size 2s is X − X C X, C being the blocks of N between each pair. As many products as the
 * sum of powers ∏(I + (−N)^{2^i}), but without its cancellation: where keys repeat, those powers grow like binomial
 * coefficients while the inverse stays small.
 *
 * <p>Blocks up to {@link #SMALL} are doubled in place, by masks, all of them in one product; from there on halves are
 * put together, [[X₁, 0], [−X₂ C X₁, X₂]], so that nothing is multiplied with zeros.
 */
public final class UnitTriangular {
    private static final int SMALL = 16;

    private UnitTriangular() {}

    /** (I + {@code n})⁻¹ [..., t, t]; {@code n} is zero on and above its diagonal. */
    public static NDArray inverse(NDArray n) {
        int size = (int) n.getShape().get(n.getShape().dimension() - 1);
        return size <= SMALL ? doubled(n, size) : ofHalves(n, 0, size, diagonal(n, size));
    }

    /** The inverses of the diagonal blocks of size {@link #SMALL}, the last one smaller, all in two products a step. */
    private static NDList diagonal(NDArray n, int size) {
        int whole = size / SMALL;
        NDList blocks = new NDList();
        for (int block = 0; block < whole; block++) {
            int from = block * SMALL;
            blocks.add(part(n, from, from + SMALL, from, from + SMALL));
        }
        NDArray inverses = doubled(NDArrays.stack(blocks), SMALL);
        NDList all = new NDList();
        for (int block = 0; block < whole; block++) {
            all.add(inverses.get(block));
        }
        int rest = whole * SMALL;
        if (rest < size) {
            all.add(doubled(part(n, rest, size, rest, size), size - rest));
        }
        return all;
    }

    /** The inverse of the block [from, to) of the diagonal. */
    private static NDArray ofHalves(NDArray n, int from, int to, NDList diagonal) {
        if (to - from <= SMALL) {
            return diagonal.get(from / SMALL);
        }
        int half = SMALL;
        while (2 * half < to - from) {
            half *= 2;
        }
        int middle = from + half;
        NDArray first = ofHalves(n, from, middle, diagonal);
        NDArray second = ofHalves(n, middle, to, diagonal);
        NDArray below =
                second.matMul(part(n, middle, to, from, middle)).matMul(first).neg();
        int last = n.getShape().dimension() - 1;
        Shape corner = first.getShape().slice(0, last).add(to - middle);
        NDArray zeros = n.getManager().zeros(corner, n.getDataType());
        return NDArrays.concat(new NDList(first.concat(zeros, last), below.concat(second, last)), last - 1);
    }

    private static NDArray part(NDArray n, int row, int toRow, int column, int toColumn) {
        return n.get(new NDIndex()
                .addAllDim(n.getShape().dimension() - 2)
                .addSliceDim(row, toRow)
                .addSliceDim(column, toColumn));
    }

    private static NDArray doubled(NDArray n, int size) {
        if (size == 1) {
            return n.onesLike();
        }
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
