package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * The rotation R_p of rotary positions in its half-split form: the pair (x_i, x_{i+h}) turns by the angle p ω_i, and
 * the features beyond the first 2 h stay ({@link Rotary}). R_a R_b = R_{a+b} and ⟨R_p x, R_p y⟩ = ⟨x, y⟩.
 *
 * @param cosine cos of the angles, one position per row and slot [B, T, h]
 * @param sine sin of the same [B, T, h]
 */
public record Rotation(NDArray cosine, NDArray sine) {
    /** The rotations of {@code positions} [B, T]; the angles are computed in double, whatever {@code type} is. */
    public static Rotation of(NDManager manager, int[][] positions, Rotary rotary, DataType type) {
        int h = rotary.frequencies().size();
        double[][] cosines = new double
                [1 + Arrays.stream(positions).flatMapToInt(Arrays::stream).max().orElse(0)][];
        double[][] sines = new double[cosines.length][];
        int slots = positions.length * positions[0].length;
        double[] cos = new double[slots * h];
        double[] sin = new double[slots * h];
        int at = 0;
        for (int[] row : positions) {
            for (int position : row) {
                if (cosines[position] == null) {
                    cosines[position] = new double[h];
                    sines[position] = new double[h];
                    putTurns(position, rotary.frequencies(), cosines[position], sines[position]);
                }
                System.arraycopy(cosines[position], 0, cos, at, h);
                System.arraycopy(sines[position], 0, sin, at, h);
                at += h;
            }
        }
        Shape shape = new Shape(positions.length, positions[0].length, h);
        return new Rotation(OwnedArrays.of(manager, cos, shape, type), OwnedArrays.of(manager, sin, shape, type));
    }

    /** The rotations of one position per row [B]. */
    public static Rotation ofRows(NDManager manager, int[] positions, Rotary rotary, DataType type) {
        int[][] each = Arrays.stream(positions).mapToObj(p -> new int[] {p}).toArray(int[][]::new);
        return of(manager, each, rotary, type);
    }

    /** R_p x for {@code x} [B, H, T, P]. */
    public NDArray rotate(NDArray x) {
        return turned(x, cosine.expandDims(1), sine.expandDims(1), 3);
    }

    /** R_{−p}. */
    public Rotation inverse() {
        return new Rotation(cosine, sine.neg());
    }

    /** R_{−p} on the feature axis of a state [B, H, P, V] or [B, H, P]; here T is 1: one position per row. */
    public NDArray rotateBack(NDArray state) {
        if (state.getShape().dimension() == 3) {
            return rotateBack(state.expandDims(3)).squeeze(3);
        }
        return turned(state, cosine.expandDims(3), sine.expandDims(3).neg(), 2);
    }

    /** The pairs on {@code axis} of {@code x}, turned by angles of {@code cos} and {@code sin}. */
    private NDArray turned(NDArray x, NDArray cos, NDArray sin, int axis) {
        long size = x.getShape().get(axis);
        long h = cosine.getShape().get(2);
        NDArray a = Heads.part(x, axis, 0, h);
        NDArray b = Heads.part(x, axis, h, 2 * h);
        NDList parts = new NDList(a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin)));
        if (size > 2 * h) {
            parts.add(Heads.part(x, axis, 2 * h, size));
        }
        return NDArrays.concat(parts, axis);
    }

    /** Also of what the product of position and frequency is rounded by: thousands of tokens on, that shows. */
    private static void putTurns(int position, List<Double> frequencies, double[] cosines, double[] sines) {
        for (int i = 0; i < cosines.length; i++) {
            double frequency = frequencies.get(i);
            double angle = position * frequency;
            double rounded = Math.fma(position, frequency, -angle);
            cosines[i] = Math.cos(angle) - rounded * Math.sin(angle);
            sines[i] = Math.sin(angle) + rounded * Math.cos(angle);
        }
    }
}
