package org.iclsweep.model.metaoptimizer;

import java.util.OptionalDouble;
import org.iclsweep.datasets.reproducible.Vectors;

/** The cosine of two directions; a vector of length 0 has no direction, hence no cosine rather than 0. */
public final class Cosine {
    private Cosine() {}

    /** a·b / (|a| |b|), empty where one of them is zero. */
    public static OptionalDouble of(double[] a, double[] b) {
        double lengths = Vectors.norm(a) * Vectors.norm(b);
        return lengths == 0 ? OptionalDouble.empty() : OptionalDouble.of(Vectors.dot(a, b) / lengths);
    }
}
