package org.iclsweep.model.training;

import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * A sparse symmetric matrix, row by row: row i has {@code values[k]} in {@code columns[k]} for {@code starts[i]} ≤ k <
 * {@code starts[i + 1]}.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SymmetricMatrix(int[] starts, int[] columns, double[] values) {

    /**
     * Number of times that two tokens occur at most {@code window} apart in one of {@code texts}, in either order;
     * tokens below {@code firstWord} are not counted, but do occupy their positions.
     */
    static SymmetricMatrix counts(Iterable<int[]> texts, int size, int firstWord, int window) {
        long[] pairs = new long[1 << 16];
        int length = 0;
        for (int[] text : texts) {
            for (int i = 0; i < text.length; i++) {
                for (int j = i + 1; j < text.length && j <= i + window; j++) {
                    if (text[i] >= firstWord && text[j] >= firstWord) {
                        if (length + 2 > pairs.length) {
                            pairs = Arrays.copyOf(pairs, 2 * pairs.length);
                        }
                        pairs[length++] = (long) text[i] * size + text[j];
                        pairs[length++] = (long) text[j] * size + text[i];
                    }
                }
            }
        }
        Arrays.sort(pairs, 0, length);
        return ofSorted(pairs, length, size);
    }

    private static SymmetricMatrix ofSorted(long[] pairs, int length, int size) {
        int[] starts = new int[size + 1];
        int[] columns = new int[length];
        double[] values = new double[length];
        int last = -1;
        for (int i = 0; i < length; i++) {
            if (i == 0 || pairs[i] != pairs[i - 1]) {
                columns[++last] = (int) (pairs[i] % size);
                starts[(int) (pairs[i] / size) + 1]++;
            }
            values[last]++;
        }
        Arrays.parallelPrefix(starts, Integer::sum);
        return new SymmetricMatrix(starts, Arrays.copyOf(columns, last + 1), Arrays.copyOf(values, last + 1));
    }

    /** max(0, ln(c_ij N / (c_i c_j))), where this is c; what is zero is left out. */
    SymmetricMatrix positivePointwiseMutualInformation() {
        double[] sums = new double[starts.length - 1];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = Arrays.stream(values, starts[i], starts[i + 1]).sum();
        }
        double total = Arrays.stream(sums).sum();
        int[] kept = new int[starts.length];
        int[] keptColumns = new int[columns.length];
        double[] information = new double[columns.length];
        int length = 0;
        for (int i = 0; i < sums.length; i++) {
            for (int k = starts[i]; k < starts[i + 1]; k++) {
                // Not Math.log, which may differ by a bit from one machine to another.
                double value = StrictMath.log(values[k] * total / (sums[i] * sums[columns[k]]));
                if (value > 0) {
                    keptColumns[length] = columns[k];
                    information[length++] = value;
                }
            }
            kept[i + 1] = length;
        }
        return new SymmetricMatrix(kept, Arrays.copyOf(keptColumns, length), Arrays.copyOf(information, length));
    }

    /** The product with a matrix of as many rows. */
    RealMatrix times(RealMatrix matrix) {
        double[][] other = matrix.getData();
        double[][] product = new double[other.length][other[0].length];
        for (int i = 0; i < product.length; i++) {
            for (int k = starts[i]; k < starts[i + 1]; k++) {
                Vectors.addScaled(product[i], values[k], other[columns[k]]);
            }
        }
        return new Array2DRowRealMatrix(product, false);
    }
}
