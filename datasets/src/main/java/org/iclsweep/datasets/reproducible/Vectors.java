package org.iclsweep.datasets.reproducible;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Arithmetic of float64 vectors, element by element in index order: the same bits on every machine. */
public final class Vectors {
    private Vectors() {}

    /** a·b. */
    public static double dot(double[] a, double[] b) {
        requireSameLength(a, b);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** ‖a‖. */
    public static double norm(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    /** a − b. */
    public static double[] difference(double[] a, double[] b) {
        requireSameLength(a, b);
        double[] difference = new double[a.length];
        Arrays.setAll(difference, i -> a[i] - b[i]);
        return difference;
    }

    /** λ a. */
    public static double[] scaled(double[] a, double factor) {
        return Arrays.stream(a).map(x -> x * factor).toArray();
    }

    /** Adds λ b to a, in place. */
    public static void addScaled(double[] a, double factor, double[] b) {
        requireSameLength(a, b);
        for (int i = 0; i < a.length; i++) {
            a[i] += factor * b[i];
        }
    }

    /**
     * A step of Gram–Schmidt, in place: subtracts from {@code vector} its projections on the first {@code count} of
     * {@code units}, which are orthonormal or zero; twice, since one pass leaves rounding errors in the last vectors.
     */
    public static void orthogonalize(double[] vector, double[][] units, int count) {
        for (int pass = 0; pass < 2; pass++) {
            for (int j = 0; j < count; j++) {
                addScaled(vector, -dot(vector, units[j]), units[j]);
            }
        }
    }

    /**
     * {@code count} vectors that are {@code drawn} one after the other, orthogonal to those before, of length 1 by
     * {@code unit}.
     */
    public static double[][] orthonormal(int count, Supplier<double[]> drawn, UnaryOperator<double[]> unit) {
        double[][] vectors = new double[count][];
        for (int i = 0; i < count; i++) {
            double[] vector = drawn.get();
            orthogonalize(vector, vectors, i);
            vectors[i] = unit.apply(vector);
        }
        return vectors;
    }

    /** a · (1 / ‖a‖). */
    public static double[] unit(double[] a) {
        return scaled(a, 1 / norm(a));
    }

    /** The index of the greatest number, the first of equals. */
    public static int argmax(double[] a) {
        int greatest = 0;
        for (int i = 1; i < a.length; i++) {
            greatest = a[i] > a[greatest] ? i : greatest;
        }
        return greatest;
    }

    /** The indices of the {@code count} greatest numbers, the first of equals, ascending. */
    public static int[] largest(double[] a, int count) {
        return IntStream.range(0, a.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -a[i]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }

    private static void requireSameLength(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "expected vectors of one length, found " + a.length + " and " + b.length);
        }
    }
}
