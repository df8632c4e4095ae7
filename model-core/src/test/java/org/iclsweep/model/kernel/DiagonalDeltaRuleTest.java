package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiagonalDeltaRuleTest {
    private static final int D = 6;
    private static final int DV = 5;
    private static final int CHUNK = 64;

    /** The rows of one head, token by token. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Rows(double[] r, double[] kappa, double[] b, double[] k, double[] v, double[] g) {
        static Rows drawn(int tokens, double fastest, boolean isWritten) {
            Random random = new Random(tokens);
            double[] k = random.doubles((long) tokens * D, -0.5, 0.5).toArray();
            double[] b =
                    isWritten ? k : random.doubles((long) tokens * D, -0.5, 0.5).toArray();
            // Half of the channels forget fast, half of them hardly.
            double[] g = random.doubles((long) tokens * D, 0, 1)
                    .map(x -> random.nextBoolean() ? -fastest * x : -1e-3 * x)
                    .toArray();
            return new Rows(
                    random.doubles((long) tokens * D, -1, 1).toArray(),
                    random.doubles((long) tokens * D, -0.5, 0.5).toArray(),
                    b,
                    k,
                    random.doubles((long) tokens * DV, -1, 1).toArray(),
                    g);
        }

        /** S ← diag(e^g) S − b κᵀ S + k vᵀ, o = rᵀ S. */
        double[] outputs(int tokens) {
            double[][] s = new double[D][DV];
            double[] outputs = new double[tokens * DV];
            for (int t = 0; t < tokens; t++) {
                double[] removed = new double[DV];
                for (int c = 0; c < D; c++) {
                    for (int i = 0; i < DV; i++) {
                        removed[i] += kappa[t * D + c] * s[c][i];
                    }
                }
                for (int c = 0; c < D; c++) {
                    for (int i = 0; i < DV; i++) {
                        s[c][i] = s[c][i] * Math.exp(g[t * D + c])
                                - b[t * D + c] * removed[i]
                                + k[t * D + c] * v[t * DV + i];
                        outputs[t * DV + i] += r[t * D + c] * s[c][i];
                    }
                }
            }
            return outputs;
        }
    }

    @ParameterizedTest(name = "{0} tokens, log decays down to {1}, removes what it writes {2}, slow {3}, {4}")
    @CsvSource({
        "130, 0.6, false, true, FLOAT64, 1e-13",
        "130, 0.6, false, false, FLOAT64, 1e-13",
        "130, 0.6, true, false, FLOAT64, 1e-13",
        "70, 200, false, false, FLOAT64, 1e-12",
        "130, 200, true, false, FLOAT64, 1e-12",
        "130, 0.6, false, true, FLOAT32, 2e-5",
        "130, 200, true, false, FLOAT32, 2e-6",
        "33, 30, false, false, FLOAT32, 2e-6",
        "1, 30, true, false, FLOAT32, 1e-6"
    })
    void bothFormsGiveTheSumsOfTheRecurrenceHoweverFastAChannelForgets(
            int tokens, double fastest, boolean isWritten, boolean isSlow, DataType type, double bound) {
        Rows rows = Rows.drawn(tokens, fastest, isWritten);
        double[] expected = rows.outputs(tokens);
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        try (NDManager manager = NDManager.newBaseManager()) {
            DiagonalDeltaRule rule = new DiagonalDeltaRule(
                    array(manager, rows.r(), D, type),
                    array(manager, rows.kappa(), D, type),
                    isWritten ? null : array(manager, rows.b(), D, type),
                    array(manager, rows.k(), D, type),
                    array(manager, rows.v(), DV, type),
                    array(manager, rows.g(), D, DataType.FLOAT64),
                    isSlow);
            NDArray start = manager.zeros(new Shape(1, 1, D, DV), type);
            int[] lengths = {tokens};
            assertClose(
                    rule.chunked(start, ChunkedLayout.of(manager, type, lengths, CHUNK))
                            .outputs(),
                    expected,
                    bound * largest);
            assertClose(
                    rule.uninterrupted(null, PackedLayout.ofSequences(manager, type, lengths)),
                    expected,
                    bound * largest);
        }
    }

    private static NDArray array(NDManager manager, double[] rows, int size, DataType type) {
        return manager.create(rows, new Shape(1, 1, rows.length / size, size)).toType(type, true);
    }

    private static void assertClose(NDArray outputs, double[] expected, double bound) {
        double[] found = outputs.toType(DataType.FLOAT64, true).flatten().toDoubleArray();
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            assertThat(Math.abs(found[i] - expected[i]))
                    .as("%d, %d", i / DV, i % DV)
                    .isLessThanOrEqualTo(bound);
        }
    }
}
