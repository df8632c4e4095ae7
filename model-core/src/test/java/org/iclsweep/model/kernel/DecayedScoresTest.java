package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecayedScoresTest {
    private static final int D = 5;

    /** Scores by the definition, over double, the decay between two tokens summed step by step. */
    private static double[] plain(double[] q, double[] k, double[] g, int t, boolean strict) {
        double[] scores = new double[t * t];
        for (int i = 0; i < t; i++) {
            for (int j = 0; j < (strict ? i : i + 1); j++) {
                for (int d = 0; d < D; d++) {
                    double exponent = 0;
                    for (int s = j + 1; s <= (strict ? i - 1 : i); s++) {
                        exponent += g[s * D + d];
                    }
                    scores[i * t + j] += q[i * D + d] * k[j * D + d] * Math.exp(exponent);
                }
            }
        }
        return scores;
    }

    @ParameterizedTest(name = "{0} tokens, log decays down to {1}, strict {2}, {3}")
    @CsvSource({
        "1, 1, false, FLOAT64, 1e-15",
        "1, 1, true, FLOAT64, 1e-15",
        "16, 1, true, FLOAT64, 1e-14",
        "17, 1, false, FLOAT64, 1e-14",
        "64, 0.01, false, FLOAT64, 1e-14",
        "64, 100, true, FLOAT64, 1e-12",
        "50, 100, false, FLOAT64, 1e-12",
        "64, 0.01, true, FLOAT32, 1e-6",
        "64, 100, false, FLOAT32, 1e-6"
    })
    void theyAreTheSumsOfTheirDefinitionHoweverFastAChannelForgets(
            int t, double fastest, boolean strict, DataType type, double bound) {
        Random random = new Random(t);
        double[] q = random.doubles((long) t * D, -1, 1).toArray();
        double[] k = random.doubles((long) t * D, -1, 1).toArray();
        // Half of the channels forget fast, half of them hardly.
        double[] g = random.doubles((long) t * D, 0, 1)
                .map(x -> random.nextBoolean() ? -fastest * x : -1e-3 * x)
                .toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray steps = manager.create(g, new Shape(1, 1, t, D));
            NDArray sums = steps.cumSum(2);
            NDArray scores = DecayedScores.of(
                    manager.create(q, new Shape(1, 1, t, D)).toType(type, true),
                    strict ? sums.sub(steps) : sums,
                    manager.create(k, new Shape(1, 1, t, D)).toType(type, true),
                    sums,
                    strict);
            assertThat(scores.getDataType()).isEqualTo(type);
            assertThat(scores.getShape()).isEqualTo(new Shape(1, 1, t, t));
            double[] found = scores.toType(DataType.FLOAT64, true).flatten().toDoubleArray();
            double[] expected = plain(q, k, g, t, strict);
            for (int i = 0; i < found.length; i++) {
                assertThat(Math.abs(found[i] - expected[i]))
                        .as("%d, %d", i / t, i % t)
                        .isLessThanOrEqualTo(bound);
            }
        }
    }
}
