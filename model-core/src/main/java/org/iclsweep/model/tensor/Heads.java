package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Heads of a batch [B, H, T, d], and the rows [B, T, H d] they are cut from. */
public final class Heads {
    private Heads() {}

    /** [B, T, H d] to [B, H, T, d]. */
    public static NDArray split(NDArray x, int d) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), shape.get(2) / d, d).swapAxes(1, 2);
    }

    /** [B, H, T, d] to [B, T, H d]. */
    public static NDArray join(NDArray x) {
        Shape shape = x.getShape();
        return x.swapAxes(1, 2).reshape(shape.get(0), shape.get(2), shape.get(1) * shape.get(3));
    }

    /** {@code x} [B, H, t, d] as rows [B t, H d]. */
    public static NDArray rows(NDArray x) {
        Shape shape = x.getShape();
        return x.swapAxes(1, 2).reshape(shape.get(0) * shape.get(2), shape.get(1) * shape.get(3));
    }

    /** Every head {@code group} times in a row: head h of the result is head h / group of {@code x} [B, Hk, ...]. */
    public static NDArray repeat(NDArray x, int group) {
        return group == 1 ? x : x.repeat(1, group);
    }

    /** {@code x} [B, H, ...] ⊙ {@code shared} [B, Hk, ...], each head of which serves H / Hk of {@code x} in a row. */
    public static NDArray timesShared(NDArray x, NDArray shared) {
        Shape shape = x.getShape();
        long heads = shared.getShape().get(1);
        if (shape.dimension() < 3 || heads == shape.get(1)) {
            return shared.mul(x); // of x [t, t], too: the same for all heads
        }
        NDArray apart = x.reshape(new Shape(shape.get(0), heads, shape.get(1) / heads).addAll(shape.slice(2)));
        return apart.mul(shared.expandDims(2)).reshape(shape);
    }

    /**
     * {@code shared} [B, Hk, t, T] · {@code x} [B, H, T, d], each head of which serves H / Hk of {@code x} in a row.
     */
    public static NDArray readShared(NDArray shared, NDArray x) {
        Shape shape = x.getShape();
        long heads = shared.getShape().get(1);
        if (heads == shape.get(1)) {
            return shared.matMul(x);
        }
        long group = shape.get(1) / heads;
        long d = shape.get(3);
        NDArray sideBySide = x.reshape(shape.get(0), heads, group, shape.get(2), d)
                .swapAxes(2, 3)
                .reshape(shape.get(0), heads, shape.get(2), group * d);
        long rows = shared.getShape().get(2);
        return shared.matMul(sideBySide)
                .reshape(shape.get(0), heads, rows, group, d)
                .swapAxes(2, 3)
                .reshape(shape.get(0), shape.get(1), rows, d);
    }

    /** The first of every {@code group} heads of {@code x} [B, H, ...]: what was repeated, [B, H / group, ...]. */
    public static NDArray firstOf(NDArray x, int group) {
        if (group == 1) {
            return x;
        }
        long[] shape = x.getShape().getShape();
        Shape grouped =
                new Shape(shape[0], shape[1] / group, group).addAll(x.getShape().slice(2));
        return x.reshape(grouped).get(":, :, 0");
    }

    /** {@code bias} [1 or B, ...] as a batch of states [B, ...] that belongs to the manager of {@code x}. */
    public static NDArray owned(NDArray bias, NDArray x, int rows) {
        Shape one = new Shape(rows).addAll(ones(bias.getShape().dimension() - 1));
        return x.getManager().ones(one, x.getDataType()).mul(bias);
    }

    /**
     * The state [B, ...] that a run starts from, of {@code shape} for each row: zeros, plus {@code bias} [...] or [1 or
     * B, ...] where there is one. It belongs to the manager of {@code x}.
     */
    public static NDArray start(@Nullable NDArray bias, Shape shape, NDArray x, long rows) {
        Shape all = new Shape(rows).addAll(shape);
        NDArray start = x.getManager().zeros(all, x.getDataType());
        return bias == null ? start : start.add(bias);
    }

    private static Shape ones(int dimensions) {
        long[] sizes = new long[dimensions];
        Arrays.fill(sizes, 1);
        return new Shape(sizes);
    }

    /** 1 where column ≤ row (column &lt; row if {@code strict}), else 0 [t, t], for {@code scores} [..., t, any]. */
    public static NDArray causal(NDArray scores, boolean strict) {
        int t = (int) scores.getShape().get(scores.getShape().dimension() - 2);
        float[] mask = new float[t * t];
        for (int row = 0; row < t; row++) {
            for (int column = 0; column < (strict ? row : row + 1); column++) {
                mask[row * t + column] = 1;
            }
        }
        return OwnedArrays.of(scores.getManager(), mask, new Shape(t, t), scores.getDataType());
    }

    /** The slots [from, to) of {@code axis}; for all of them the array itself, as gradients do not pass a copy. */
    public static NDArray part(NDArray x, int axis, long from, long to) {
        return from == 0 && to == x.getShape().get(axis)
                ? x
                : x.get(new NDIndex().addAllDim(axis).addSliceDim(from, to));
    }

    /** The last slot of {@code axis}, which stays an axis of size 1. */
    public static NDArray last(NDArray x, int axis) {
        long size = x.getShape().get(axis);
        return part(x, axis, size - 1, size);
    }

    /** {@code parts} one after another along {@code axis}; a single one is returned itself, and not as a copy. */
    public static NDArray joined(NDList parts, int axis) {
        return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, axis);
    }
}
