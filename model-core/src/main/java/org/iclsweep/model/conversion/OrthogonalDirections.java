package org.iclsweep.model.conversion;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.iclsweep.datasets.reproducible.Vectors;

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
        double[][] rows = Vectors.orthonormal(d, () -> gaussian(d, random), Vectors::unit);
        for (int i = 0; i < d; i++) {
            rows[i] = Vectors.scaled(rows[i], Vectors.norm(gaussian(d, random)));
        }
        return rows;
    }

    private static double[] gaussian(int d, Random random) {
        double[] row = new double[d];
        Arrays.setAll(row, i -> random.nextGaussian());
        return row;
    }

    private static long hash(String name) {
        CRC32C crc = new CRC32C();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }
}
