package org.iclsweep.model.metaoptimizer;

import java.util.Arrays;
import java.util.OptionalDouble;

/** The cosine of two directions, and what goes with it. A vector of length 0 has no direction: no cosine, not 0. */
public final class Cosine {
    private Cosine() {}

    /** a·b / (|a| |b|), empty where one of them is nothing. */
    public static OptionalDouble of(double[] a, double[] b) {
        double lengths = norm(a) * norm(b);
        return lengths == 0 ? OptionalDouble.empty() : OptionalDouble.of(dot(a, b) / lengths);
    }

    static double dot(double[] a, double[] b) {
        requireSameLength(a, b);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static double norm(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    static double[] difference(double[] a, double[] b) {
        requireSameLength(a, b);
        double[] difference = new double[a.length];
        Arrays.setAll(difference, i -> a[i] - b[i]);
        return difference;
    }

    private static void requireSameLength(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("Vectors of " + a.length + " and of " + b.length + " numbers");
        }
    }

    static double[] scaled(double[] a, double factor) {
        return Arrays.stream(a).map(x -> x * factor).toArray();
    }
}
