package org.iclsweep.model.conversion;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * Directions of random features: rows N(0, I) that are orthogonal within blocks of d (arXiv:2009.14794, section 2.4).
 * Each is of the marginal distribution of independent ones, so an estimate stays unbiased; its variance is lower.
 */
final class OrthogonalDirections {
    private OrthogonalDirections() {}

    /**
     * {@code heads} times {@code count} directions of {@code d} numbers [heads, count, d], a function of {@code seed}
     * and {@code name}; the first of them are the same for every count.
     */
    static double[] of(int heads, int count, int d, long seed, String name) {
        double[] directions = new double[heads * count * d];
        for (int head = 0; head < heads; head++) {
            Random random = new Random(seed * 0x9E3779B97F4A7C15L + hash(name + "/" + head));
            double[][] block = new double[0][];
            for (int i = 0; i < count; i++) {
                if (i % d == 0) {
                    block = block(d, random);
                }
                System.arraycopy(block[i % d], 0, directions, (head * count + i) * d, d);
            }
        }
        return directions;
    }

    /** d orthogonal rows, each as long as a row of N(0, I). */
    private static double[][] block(int d, Random random) {
        double[][] rows = new double[d][];
        for (int i = 0; i < d; i++) {
            double[] row = gaussian(d, random);
            // Twice: once leaves rounding errors in the last rows of a block.
            for (int pass = 0; pass < 2; pass++) {
                for (int j = 0; j < i; j++) {
                    subtract(row, rows[j], dot(row, rows[j]));
                }
            }
            rows[i] = scaled(row, 1 / Math.sqrt(dot(row, row)));
        }
        for (int i = 0; i < d; i++) {
            double[] length = gaussian(d, random);
            rows[i] = scaled(rows[i], Math.sqrt(dot(length, length)));
        }
        return rows;
    }

    private static double[] gaussian(int d, Random random) {
        double[] row = new double[d];
        for (int i = 0; i < d; i++) {
            row[i] = random.nextGaussian();
        }
        return row;
    }

    private static void subtract(double[] row, double[] unit, double factor) {
        for (int i = 0; i < row.length; i++) {
            row[i] -= factor * unit[i];
        }
    }

    private static double[] scaled(double[] row, double factor) {
        double[] scaled = new double[row.length];
        for (int i = 0; i < row.length; i++) {
            scaled[i] = factor * row[i];
        }
        return scaled;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static long hash(String name) {
        CRC32C crc = new CRC32C();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }
}
