package org.iclsweep.model.tensor;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;

/** The values of a parameter where a training starts, and in a random model, which has to be like a trained one. */
public record Initializer(Start start, Distribution random) {
    /** Share of a matrix' usual size that projections back to the residual stream start with. */
    static final double BACK = 0.1;

    /** The values of a parameter at the start of a training. */
    @FunctionalInterface
    public interface Start {
        float[] values(Draws draws, ParameterSpec parameter);
    }

    /** One value of a random model. */
    @FunctionalInterface
    public interface Distribution {
        double next(SplittableRandom random);
    }

    /** Random matrices, each a function of the seed and the name of a tensor. */
    public interface Draws {
        /** {@code count} values N(0, {@code deviation}²) from the stream of the tensor {@code name}. */
        float[] normal(String name, long count, double deviation);

        /** A matrix [rows, columns], row-major, with orthonormal rows or columns, from the stream of {@code name}. */
        float[] orthogonal(String name, int rows, int columns);
    }

    /** The same value everywhere. */
    static Start filled(double value) {
        return (draws, parameter) -> {
            float[] all = new float[(int) parameter.shape().size()];
            Arrays.fill(all, (float) value);
            return all;
        };
    }

    /** N(0, {@code deviation}²). */
    static Start normal(double deviation) {
        return (draws, parameter) ->
                draws.normal(parameter.fullName(), parameter.shape().size(), deviation);
    }

    /** The values that the tensor {@code name} of the same module starts with. */
    static Start normalOf(String name, double deviation) {
        return (draws, parameter) ->
                draws.normal(parameter.sibling(name), parameter.shape().size(), deviation);
    }

    /** A matrix with orthonormal rows or columns: that of the tensor {@code name} of the same module. */
    static Start orthogonalOf(String name) {
        return (draws, parameter) -> draws.orthogonal(
                parameter.sibling(name), (int) parameter.shape().get(0), (int)
                        parameter.shape().get(1));
    }

    /** {@link #BACK} times the transpose of the orthogonal matrix that the tensor {@code name} starts with. */
    static Start transposedOf(String name) {
        return (draws, parameter) -> {
            int rows = (int) parameter.shape().get(0);
            int columns = (int) parameter.shape().get(1);
            float[] matrix = draws.orthogonal(parameter.sibling(name), columns, rows);
            float[] transposed = new float[matrix.length];
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    transposed[row * columns + column] = (float) BACK * matrix[column * rows + row];
                }
            }
            return transposed;
        };
    }

    /** The identity [d, d]. */
    static float[] identity(Draws draws, ParameterSpec parameter) {
        int size = (int) parameter.shape().get(0);
        float[] all = new float[size * size];
        for (int i = 0; i < size; i++) {
            all[i * size + i] = 1;
        }
        return all;
    }

    /** Taps [C, 1, K] of which only the token's own is 1. */
    static float[] ownTap(Draws draws, ParameterSpec parameter) {
        Shape shape = parameter.shape();
        int taps = (int) shape.get(2);
        float[] all = new float[(int) shape.size()];
        for (int i = taps - 1; i < all.length; i += taps) {
            all[i] = 1;
        }
        return all;
    }

    /** Values from {@code first} to {@code last} at equal distances. */
    static Start spaced(double first, double last) {
        return (draws, parameter) -> {
            int count = (int) parameter.shape().size();
            float[] all = new float[count];
            for (int i = 0; i < count; i++) {
                all[i] = (float) (count == 1 ? first : first + (last - first) * i / (count - 1));
            }
            return all;
        };
    }

    /** U(−{@code bound}, {@code bound}). */
    static Distribution uniform(double bound) {
        return random -> random.nextDouble(-bound, bound);
    }

    /** N(0, 1 / {@code inputs}). */
    static Distribution fanIn(long inputs) {
        double root = Math.sqrt(inputs);
        return random -> random.nextGaussian() / root;
    }
}
