package org.iclsweep.model.mixer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.model.Measured;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.mixer.TokenMixer.Input;
import org.iclsweep.model.tensor.FeatureMap;
import org.iclsweep.model.tensor.Parameters;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Theorem 4.1 of arXiv:2406.02847, both halves, for plain linear attention (φ = identity, no normaliser). A context X'
 * adds b_KV = W_Kᵀ X'ᵀ X' W_V to the key-value matrix (eq. 11), and no change of W_K and W_V can stand for it: that
 * would need W_1ᵀ XᵀX W_2 = W_Kᵀ XᵀX W_V + b_KV for every input X (eq. 7), which in vectors is a linear map of vec(XᵀX)
 * (eq. 8).
 *
 * <p>The least squares here are over <em>all</em> linear maps of vec(XᵀX), of which those of the form W_2ᵀ ⊗ W_1ᵀ are a
 * few. So what they leave, no W_1 and W_2 can take away either.
 */
class TheoremFourPointOneTest {
    private static final int INPUT = 4;
    private static final int HEAD = 3;
    private static final int CONTEXT = 9;
    private static final int SAMPLES = 400;
    private static final int TOKENS = 12;

    private final RealMatrix queryWeights = new Array2DRowRealMatrix(INPUT, HEAD);
    private final RealMatrix keyWeights = new Array2DRowRealMatrix(INPUT, HEAD);
    private final RealMatrix valueWeights = new Array2DRowRealMatrix(INPUT, HEAD);

    /** The mixer's own states after a context and random inputs are what changed weights, or a bias, have to give. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void noChangeOfTheWeightsStandsForAContextAndTheBiasDoes(long seed) {
        Random random = new Random(seed);
        drawWeights(random);
        RealMatrix context = matrix(random, CONTEXT, INPUT);
        RealMatrix moments = new Array2DRowRealMatrix(SAMPLES, INPUT * INPUT);
        RealMatrix wanted = new Array2DRowRealMatrix(SAMPLES, HEAD * HEAD);
        double sizeOfBias;
        try (NDManager manager = NDManager.newBaseManager()) {
            Parameters afterContext = state(manager, context, Parameters.of(Map.of("b_kv", zeros(manager))));
            RealMatrix bias = head(afterContext);
            assertClose(afterContext.get("b_kv"), bias(context));
            sizeOfBias = rms(bias);
            for (int sample = 0; sample < SAMPLES; sample++) {
                RealMatrix x = matrix(random, 1 + random.nextInt(TOKENS), INPUT);
                moments.setRow(sample, flat(x.transpose().multiply(x)));
                wanted.setRow(sample, flat(head(state(manager, x, afterContext))));
            }
        }
        double byWeights = residual(independent(moments), wanted) / sizeOfBias;
        double withBias = residual(independent(withOnes(moments)), wanted) / sizeOfBias;

        Measured.line(
                "theorem-4.1",
                "seed %d: ‖residual‖ / ‖b_KV‖ of the best change of weights %.3f, with a bias %.1e",
                seed,
                byWeights,
                withBias);
        assertThat(byWeights).isGreaterThan(0.3);
        assertThat(withBias).isLessThan(1e-13);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void onTheStateOfAContextTheMixerAnswersAsEquationsNineAndTenDo(long seed) {
        Random random = new Random(seed);
        drawWeights(random);
        RealMatrix context = matrix(random, CONTEXT, INPUT);
        RealMatrix input = matrix(random, 5, INPUT);
        try (NDManager manager = NDManager.newBaseManager()) {
            Parameters state = state(manager, context, Parameters.of(Map.of("b_kv", zeros(manager))));
            NDArray alone = mixer().chunked(
                            Input.of(rows(manager, input)), Parameters.of(weights(manager)), layout(manager, 5), state)
                    .output()
                    .output();
            // (9) and (10): Q (KᵀV + b_KV), causal, without the context.
            assertClose(alone, causal(input, bias(context)));
        }
    }

    private static LinearAttention mixer() {
        return new LinearAttention(
                INPUT,
                1,
                1,
                HEAD,
                FeatureMap.IDENTITY,
                OptionalDouble.empty(),
                false,
                false,
                false,
                0,
                Optional.empty());
    }

    /** The mixer's state {@code b_kv} [1, 1, D, D] after {@code x}, from {@code initial}. */
    private Parameters state(NDManager manager, RealMatrix x, Parameters initial) {
        return Parameters.of(mixer().chunked(
                        Input.of(rows(manager, x)),
                        Parameters.of(weights(manager)),
                        layout(manager, x.getRowDimension()),
                        initial)
                .states()
                .get(0));
    }

    private static NDArray zeros(NDManager manager) {
        return manager.zeros(new Shape(1, 1, HEAD, HEAD), DataType.FLOAT64);
    }

    private static RealMatrix head(Parameters state) {
        double[] values = state.get("b_kv").toDoubleArray();
        RealMatrix matrix = new Array2DRowRealMatrix(HEAD, HEAD);
        IntStream.range(0, values.length).forEach(i -> matrix.setEntry(i / HEAD, i % HEAD, values[i]));
        return matrix;
    }

    /** o_i = q_i (Σ_{j≤i} k_jᵀ v_j + bias), then zeros up to the inputs' width: the output projection is [I 0]ᵀ. */
    private RealMatrix causal(RealMatrix x, RealMatrix bias) {
        RealMatrix outputs = new Array2DRowRealMatrix(x.getRowDimension(), INPUT);
        for (int i = 0; i < x.getRowDimension(); i++) {
            RealMatrix read = x.getSubMatrix(0, i, 0, INPUT - 1);
            RealMatrix row = x.getRowMatrix(i)
                    .multiply(queryWeights)
                    .multiply(keyValue(read.transpose().multiply(read)).add(bias));
            outputs.setSubMatrix(row.getData(), i, 0);
        }
        return outputs;
    }

    private void drawWeights(Random random) {
        for (RealMatrix weights : new RealMatrix[] {queryWeights, keyWeights, valueWeights}) {
            weights.setSubMatrix(matrix(random, INPUT, HEAD).getData(), 0, 0);
        }
    }

    /** W_Kᵀ XᵀX W_V for a moment XᵀX. */
    private RealMatrix keyValue(RealMatrix moment) {
        return keyWeights.transpose().multiply(moment).multiply(valueWeights);
    }

    /** b_KV = W_Kᵀ X'ᵀX' W_V (eq. 11). */
    private RealMatrix bias(RealMatrix context) {
        return keyValue(context.transpose().multiply(context));
    }

    private Map<String, NDArray> weights(NDManager manager) {
        Map<String, NDArray> weights = new LinkedHashMap<>();
        weights.put("q_proj.weight", array(manager, queryWeights.transpose()));
        weights.put("k_proj.weight", array(manager, keyWeights.transpose()));
        weights.put("v_proj.weight", array(manager, valueWeights.transpose()));
        RealMatrix out = new Array2DRowRealMatrix(INPUT, HEAD);
        IntStream.range(0, HEAD).forEach(i -> out.setEntry(i, i, 1));
        weights.put("o_proj.weight", array(manager, out));
        return weights;
    }

    private static ChunkedLayout layout(NDManager manager, int tokens) {
        return ChunkedLayout.of(manager, DataType.FLOAT64, new int[] {tokens}, 4);
    }

    private static NDArray rows(NDManager manager, RealMatrix x) {
        return array(manager, x).expandDims(0);
    }

    private static NDArray array(NDManager manager, RealMatrix matrix) {
        return manager.create(flat(matrix), new Shape(matrix.getRowDimension(), matrix.getColumnDimension()));
    }

    private static void assertClose(NDArray found, RealMatrix expected) {
        double[] values = found.flatten().toDoubleArray();
        double[] wanted = flat(expected);
        assertThat(values).hasSameSizeAs(wanted);
        for (int i = 0; i < values.length; i++) {
            assertThat(Math.abs(values[i] - wanted[i])).isLessThan(1e-12);
        }
    }

    private static RealMatrix withOnes(RealMatrix matrix) {
        RealMatrix wider = new Array2DRowRealMatrix(matrix.getRowDimension(), matrix.getColumnDimension() + 1);
        wider.setSubMatrix(matrix.getData(), 0, 0);
        double[] ones = new double[matrix.getRowDimension()];
        Arrays.fill(ones, 1);
        wider.setColumn(matrix.getColumnDimension(), ones);
        return wider;
    }

    /** Root mean square of what the best linear map of the columns of {@code a} leaves of {@code b}. */
    private static double residual(RealMatrix a, RealMatrix b) {
        RealMatrix map = new QRDecomposition(a).getSolver().solve(b);
        return rms(b.subtract(a.multiply(map)));
    }

    /** The columns of moments without the lower triangles, which repeat the upper ones. */
    private static RealMatrix independent(RealMatrix moments) {
        int[] columns = IntStream.range(0, moments.getColumnDimension())
                .filter(column -> column >= INPUT * INPUT || column / INPUT <= column % INPUT)
                .toArray();
        int[] rows = IntStream.range(0, moments.getRowDimension()).toArray();
        return moments.getSubMatrix(rows, columns);
    }

    private static RealMatrix matrix(Random random, int rows, int columns) {
        RealMatrix matrix = new Array2DRowRealMatrix(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                matrix.setEntry(row, column, random.nextGaussian());
            }
        }
        return matrix;
    }

    private static double rms(RealMatrix matrix) {
        return matrix.getFrobeniusNorm() / Math.sqrt((double) matrix.getRowDimension() * matrix.getColumnDimension());
    }

    private static double[] flat(RealMatrix matrix) {
        return Arrays.stream(matrix.getData()).flatMapToDouble(Arrays::stream).toArray();
    }
}
