package org.iclsweep.model.training;

import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;

/** Random matrices with orthonormal rows or columns, whichever are fewer, by Gram–Schmidt. */
final class OrthogonalMatrix {
    private OrthogonalMatrix() {}

    /** A matrix [rows, columns], row-major. */
    static float[] random(RandomStream random, int rows, int columns) {
        boolean wide = rows <= columns;
        double[][] vectors = orthonormal(random, Math.min(rows, columns), Math.max(rows, columns));
        float[] matrix = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                matrix[row * columns + column] = (float) (wide ? vectors[row][column] : vectors[column][row]);
            }
        }
        return matrix;
    }

    /** {@code count} orthonormal vectors of {@code size} dimensions. */
    private static double[][] orthonormal(RandomStream random, int count, int size) {
        double[][] vectors = new double[count][];
        for (int i = 0; i < count; i++) {
            double[] vector = random.nextGaussians(size);
            Vectors.orthogonalize(vector, vectors, i);
            double norm = Vectors.norm(vector);
            for (int k = 0; k < size; k++) {
                vector[k] /= norm;
            }
            vectors[i] = vector;
        }
        return vectors;
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
