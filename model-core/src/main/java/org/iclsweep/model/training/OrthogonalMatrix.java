package org.iclsweep.model.training;

import java.util.Arrays;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;

/** Random matrices with orthonormal rows or columns, whichever are fewer, by Gram–Schmidt. */
final class OrthogonalMatrix {
    private OrthogonalMatrix() {}

    /** A matrix [rows, columns], row-major. */
    static float[] random(RandomStream random, int rows, int columns) {
        boolean wide = rows <= columns;
        int size = Math.max(rows, columns);
        double[][] vectors =
                Vectors.orthonormal(Math.min(rows, columns), () -> random.nextGaussians(size), OrthogonalMatrix::unit);
        float[] matrix = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                matrix[row * columns + column] = (float) (wide ? vectors[row][column] : vectors[column][row]);
            }
        }
        return matrix;
    }

    /** The quotient: a product with 1 / ‖a‖ would round to other bits, and each training would start elsewhere. */
    private static double[] unit(double[] a) {
        double norm = Vectors.norm(a);
        return Arrays.stream(a).map(x -> x / norm).toArray();
    }

    /** {@code values} times {@code factor}, rounded. */
    static float[] floats(double[] values, double factor) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = (float) (factor * values[i]);
        }
        return rounded;
    }
}
