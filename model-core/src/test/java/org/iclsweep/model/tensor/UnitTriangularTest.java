package org.iclsweep.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.model.Measured;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers are those of docs/decisions/triangular-inverse.md. */
class UnitTriangularTest {

    /** Forms of a delta rule's system. */
    enum Keys {
        /** N_tj = β_t k_tᵀk_j, unit keys in random directions of 16 dimensions. */
        RANDOM,
        /** The same key at every position, β = 1: all ones below the diagonal. */
        REPEATED,
        /** The same key at every position, β in (½, 1), as a sigmoid gives. */
        REPEATED_SIGMOID,
        /** The same key, β = 2 (negative eigenvalues): the inverse's own entries are ±2. */
        REPEATED_NEGATIVE;

        /** N [t][t], strictly lower triangular. */
        double[][] system(int size, long seed) {
            Random random = new Random(seed);
            double[][] keys = new double[size][16];
            double[][] n = new double[size][size];
            for (int t = 0; t < size; t++) {
                double squares = 0;
                for (int i = 0; i < keys[t].length; i++) {
                    keys[t][i] = random.nextGaussian();
                    squares += keys[t][i] * keys[t][i];
                }
                double beta = random.nextDouble();
                for (int i = 0; i < keys[t].length; i++) {
                    keys[t][i] /= Math.sqrt(squares);
                }
                for (int j = 0; j < t; j++) {
                    n[t][j] = switch (this) {
                        case RANDOM -> beta * dot(keys[t], keys[j]);
                        case REPEATED -> 1;
                        case REPEATED_SIGMOID -> 0.5 + beta / 2;
                        case REPEATED_NEGATIVE -> 2;
                    };
                }
            }
            return n;
        }
    }

    static Stream<Arguments> systems() {
        return Stream.of(Keys.values())
                .flatMap(keys -> Stream.of(1, 2, 3, 17, 63, 64)
                        .flatMap(size -> Stream.of(DataType.FLOAT32, DataType.FLOAT64)
                                .map(type -> Arguments.of(keys, size, type))));
    }

    @ParameterizedTest(name = "{0} keys, {1} rows, {2}")
    @MethodSource("systems")
    void theInverseIsThatOfForwardSubstitution(Keys keys, int size, DataType type) {
        double[][] n = keys.system(size, 11);
        assertThat(error(n, UnitTriangular::inverse, type)).isLessThan(type == DataType.FLOAT64 ? 1e-14 : 5e-6);
    }

    @ParameterizedTest(name = "{0} rows")
    @ValueSource(ints = {1, 2, 16, 17, 20, 33, 64, 100, 128})
    void everyMatrixOfABatchIsInvertedByItself(int size) {
        double[][] first = Keys.RANDOM.system(size, 1);
        double[][] second = Keys.RANDOM.system(size, 2);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray both = manager.create(flat(first), new Shape(1, size, size))
                    .concat(manager.create(flat(second), new Shape(1, size, size)), 0);
            double[] inverses = UnitTriangular.inverse(both).flatten().toDoubleArray();
            double[] expected = flat(inverse(second));
            for (int i = 0; i < expected.length; i++) {
                assertThat(Math.abs(inverses[expected.length + i] - expected[i]))
                        .isLessThan(1e-14);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void aProductOfPowersLosesEveryDigitWhereKeysRepeat(DataType type) {
        for (Keys keys : Keys.values()) {
            for (int size : new int[] {16, 64}) {
                double[][] n = keys.system(size, 11);
                Measured.line(
                        "triangular-inverse",
                        "%s keys, %d rows, %s: doubling %.1e, powers %.1e",
                        keys,
                        size,
                        type,
                        error(n, UnitTriangular::inverse, type),
                        error(n, UnitTriangularTest::productOfPowers, type));
            }
        }
        // Whole numbers are exact in float64 for longer than they ought to be: there β = 1 alone shows nothing.
        Keys repeating = type == DataType.FLOAT64 ? Keys.REPEATED_NEGATIVE : Keys.REPEATED;
        double[][] repeated = repeating.system(64, 11);
        assertThat(error(repeated, UnitTriangularTest::productOfPowers, type)).isGreaterThan(1);
        // With random keys it is as good: that is how it passes for correct.
        double[][] random = Keys.RANDOM.system(64, 11);
        assertThat(error(random, UnitTriangularTest::productOfPowers, type))
                .isLessThan(type == DataType.FLOAT64 ? 1e-13 : 1e-4);
    }

    /** The form that was left: (I + N)⁻¹ = ∏_i (I + (−N)^{2^i}), as N is nilpotent. */
    private static NDArray productOfPowers(NDArray n) {
        int size = (int) n.getShape().get(n.getShape().dimension() - 1);
        NDArray identity = n.getManager().eye(size).toType(n.getDataType(), false);
        NDArray power = n.neg();
        NDArray product = identity.add(power);
        for (int reached = 2; reached < size; reached *= 2) {
            power = power.matMul(power);
            product = product.matMul(identity.add(power));
        }
        return product;
    }

    private interface Inverse {
        NDArray of(NDArray n);
    }

    /** The largest error of an inverse, of the largest number in the true one. */
    private static double error(double[][] n, Inverse inverse, DataType type) {
        double[] expected = flat(inverse(n));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray typed =
                    manager.create(flat(n), new Shape(n.length, n.length)).toType(type, false);
            double[] found =
                    inverse.of(typed).toType(DataType.FLOAT64, false).flatten().toDoubleArray();
            double worst = 0;
            double largest = 0;
            for (int i = 0; i < found.length; i++) {
                worst = Math.max(worst, Math.abs(found[i] - expected[i]));
                largest = Math.max(largest, Math.abs(expected[i]));
            }
            return worst / largest;
        }
    }

    /** (I + N)⁻¹ by forward substitution, column by column. */
    private static double[][] inverse(double[][] n) {
        int size = n.length;
        double[][] x = new double[size][size];
        for (int column = 0; column < size; column++) {
            for (int row = column; row < size; row++) {
                x[row][column] = row == column ? 1 : 0;
                for (int j = column; j < row; j++) {
                    x[row][column] -= n[row][j] * x[j][column];
                }
            }
        }
        return x;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[] flat(double[][] matrix) {
        return Stream.of(matrix).flatMapToDouble(java.util.Arrays::stream).toArray();
    }
}
