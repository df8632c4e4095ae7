package org.iclsweep.model.exactness;

import java.util.Arrays;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * The difference between the rows of two matrices; NaN where one of them is not finite.
 *
 * @param maxAbsolute the largest |Δ|
 * @param maxRelative the largest over the rows of ‖Δ‖₂ / ‖reference‖₂
 * @param worstRow the row of the largest relative difference, 0 where all are equal
 */
public record Difference(double maxAbsolute, double maxRelative, int worstRow) {

    /** The difference of {@code other} from {@code reference}, both [rows][columns]. */
    public static Difference between(double[][] reference, double[][] other) {
        Difference largest = new Difference(0, 0, 0);
        for (int row = 0; row < reference.length; row++) {
            double[] difference = Vectors.difference(other[row], reference[row]);
            double absolute = Arrays.stream(difference).map(Math::abs).max().orElse(0);
            double squared = Vectors.dot(difference, difference);
            double relative = squared == 0 ? 0 : Math.sqrt(squared / Vectors.dot(reference[row], reference[row]));
            largest = largest.or(new Difference(absolute, relative, row));
        }
        return largest;
    }

    /** The larger of both measures. */
    private Difference or(Difference other) {
        double relative = Math.max(maxRelative, other.maxRelative);
        boolean mine = Double.compare(relative, maxRelative) == 0;
        return new Difference(Math.max(maxAbsolute, other.maxAbsolute), relative, mine ? worstRow : other.worstRow);
    }

    /** True if any bit differs, or a value is not finite. */
    public boolean none() {
        return maxAbsolute == 0;
    }
}
