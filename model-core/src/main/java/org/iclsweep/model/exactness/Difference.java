package org.iclsweep.model.exactness;

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
            double absolute = 0;
            double squaredDifference = 0;
            double squared = 0;
            for (int column = 0; column < reference[row].length; column++) {
                double difference = other[row][column] - reference[row][column];
                absolute = larger(absolute, Math.abs(difference));
                squaredDifference += difference * difference;
                squared += reference[row][column] * reference[row][column];
            }
            double relative = squaredDifference == 0 ? 0 : Math.sqrt(squaredDifference / squared);
            largest = largest.or(new Difference(absolute, relative, row));
        }
        return largest;
    }

    /** The larger of both measures. */
    private Difference or(Difference other) {
        double relative = larger(maxRelative, other.maxRelative);
        boolean mine = Double.compare(relative, maxRelative) == 0;
        return new Difference(larger(maxAbsolute, other.maxAbsolute), relative, mine ? worstRow : other.worstRow);
    }

    /** True if any bit differs, or a value is not finite. */
    public boolean none() {
        return maxAbsolute == 0;
    }

    private static double larger(double a, double b) {
        return Double.isNaN(a) ? a : Double.isNaN(b) ? b : Math.max(a, b);
    }
}
