package org.iclsweep.model.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Activations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention without a softmax is a linear layer after a step of gradient descent, and what follows from it. */
class DualFormTest {
    private static final double EXACT = 1e-12;

    /** A head of a random shape, tokens of a query and of demonstrations, and a query. */
    private record Case(LinearHead head, double[][] own, double[][] demonstrations, double[] query, long seed) {
        static Case of(long seed) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(24);
            int keys = 1 + random.nextInt(24);
            int values = 1 + random.nextInt(24);
            LinearHead head = new LinearHead(matrix(random, keys, width), matrix(random, values, width));
            return new Case(
                    head,
                    rows(random, 1 + random.nextInt(12), width),
                    rows(random, random.nextInt(40), width),
                    rows(random, 1, keys)[0],
                    seed);
        }

        double[][] demonstrationKeys() {
            return Arrays.stream(demonstrations).map(head.keys()::operate).toArray(double[][]::new);
        }

        double[][] demonstrationValues() {
            return Arrays.stream(demonstrations).map(head.values()::operate).toArray(double[][]::new);
        }

        @Override
        public String toString() {
            return "seed " + seed + ", W_K " + head.keys().getRowDimension() + "×"
                    + head.keys().getColumnDimension() + ", W_V "
                    + head.values().getRowDimension() + "×" + head.values().getColumnDimension() + ", "
                    + demonstrations.length + " demonstration tokens";
        }
    }

    static Stream<Case> cases() {
        return Stream.iterate(0L, seed -> seed + 1).limit(40).map(Case::of);
    }

    private static double[][] rows(Random random, int count, int size) {
        double[][] rows = new double[count][size];
        for (double[] row : rows) {
            Arrays.setAll(row, i -> random.nextGaussian());
        }
        return rows;
    }

    private static RealMatrix matrix(Random random, int rows, int columns) {
        return new Array2DRowRealMatrix(rows(random, rows, columns));
    }

    /** Σ_j (W_V x_j) (W_K x_j · q), token by token in loops: what the head attends to. */
    private static double[] attended(LinearHead head, double[][] tokens, double[] query) {
        double[] sum = new double[head.values().getRowDimension()];
        for (double[] token : tokens) {
            double score = 0;
            for (int f = 0; f < query.length; f++) {
                for (int i = 0; i < token.length; i++) {
                    score += head.keys().getEntry(f, i) * token[i] * query[f];
                }
            }
            for (int v = 0; v < sum.length; v++) {
                for (int i = 0; i < token.length; i++) {
                    sum[v] += score * head.values().getEntry(v, i) * token[i];
                }
            }
        }
        return sum;
    }

    private static void assertSame(RealMatrix a, RealMatrix b) {
        double scale = Math.max(1, b.getFrobeniusNorm());
        assertThat(a.subtract(b).getFrobeniusNorm()).isLessThan(EXACT * scale);
    }

    private static void assertSame(double[] a, double[] b) {
        assertThat(Vectors.norm(Vectors.difference(a, b))).isLessThan(EXACT * Math.max(1, Vectors.norm(b)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void attentionToDemonstrationsIsAChangeOfTheWeightsThatAnswerTheQuery(Case c) {
        List<double[]> all = new ArrayList<>(List.of(c.demonstrations()));
        all.addAll(List.of(c.own()));
        double[] prompted = attended(c.head(), all.toArray(double[][]::new), c.query());
        RealMatrix zeroShot = c.head().weights(c.own());
        RealMatrix change = c.head().weights(c.demonstrations());
        assertSame(zeroShot.add(change).operate(c.query()), prompted);
        assertSame(change.operate(c.query()), attended(c.head(), c.demonstrations(), c.query()));
    }

    /** The engine's gradient of the loss, from whatever weights; a permutation of the demonstrations is the same. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void thatChangeIsOneStepOfGradientDescentOnTheDotProductFromAnyWeights(Case c) {
        RealMatrix change = c.head().weights(c.demonstrations());
        RealMatrix zeroShot = c.head().weights(c.own());
        List<double[]> order = new ArrayList<>(List.of(c.demonstrations()));
        Collections.shuffle(order, new Random(c.seed()));
        assertSame(c.head().weights(order.toArray(double[][]::new)), change);
        try (NDManager manager = NDManager.newBaseManager()) {
            for (RealMatrix start : List.of(zeroShot, zeroShot.scalarMultiply(0))) {
                assertSame(
                        LinearLayerStep.change(
                                manager,
                                LinearLayerStep::dotProduct,
                                start,
                                c.demonstrationKeys(),
                                c.demonstrationValues(),
                                1),
                        change);
            }
        }
    }

    /** L = ½ Σ_i ‖W k_i − v_i‖²: a step adds η Σ_i (v_i − W k_i) k_iᵀ. */
    private static NDArray squared(NDArray answers, NDArray values) {
        NDArray errors = answers.sub(values);
        return Activations.scaled(errors.mul(errors).sum(), 0.5);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aStepOnTheSquaredErrorIsTheSameFromNothingAndAnotherFromElsewhere(Case c) {
        RealMatrix change = c.head().weights(c.demonstrations());
        RealMatrix zeroShot = c.head().weights(c.own());
        double[][] keys = c.demonstrationKeys();
        try (NDManager manager = NDManager.newBaseManager()) {
            RealMatrix fromNothing = LinearLayerStep.change(
                    manager, DualFormTest::squared, zeroShot.scalarMultiply(0), keys, c.demonstrationValues(), 1);
            assertSame(fromNothing, change);
            RealMatrix fromElsewhere =
                    LinearLayerStep.change(manager, DualFormTest::squared, zeroShot, keys, c.demonstrationValues(), 1);
            // −W_ZSL Σ k kᵀ, which is nothing only without demonstrations.
            RealMatrix other = zeroShot.scalarMultiply(0);
            for (double[] key : keys) {
                RealMatrix k = MatrixUtils.createColumnRealMatrix(key);
                other = other.subtract(zeroShot.multiply(k).multiply(k.transpose()));
            }
            assertSame(fromElsewhere, change.add(other));
            assertThat(other.getFrobeniusNorm() > 1e-6).isEqualTo(keys.length > 0);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void fineTunedKeysAndValuesAreAChangeOfTheSameWeights(Case c) {
        Random random = new Random(c.seed() + 100);
        RealMatrix keyChange = matrix(
                random, c.head().keys().getRowDimension(), c.head().keys().getColumnDimension());
        RealMatrix valueChange = matrix(
                random, c.head().values().getRowDimension(), c.head().values().getColumnDimension());
        LinearHead tuned =
                new LinearHead(c.head().keys().add(keyChange), c.head().values().add(valueChange));
        RealMatrix change = c.head().fineTuned(c.own(), keyChange, valueChange);
        assertSame(c.head().weights(c.own()).add(change).operate(c.query()), attended(tuned, c.own(), c.query()));
    }

    @Test
    void withoutDemonstrationsThereIsNoChange() {
        Case c = Case.of(3);
        assertThat(c.head().weights(new double[0][]).getFrobeniusNorm()).isZero();
        try (LanguageModel model = Examples.model("bare")) {
            for (DualForm form : DualForm.of(model, TokenSequence.EMPTY)) {
                form.change().forEach(w -> assertThat(w.getFrobeniusNorm()).isZero());
            }
        }
    }

    /** One layer, one step: the two updates are the same, so their cosine is 1; half a step changes no direction. */
    @Test
    void inOneLinearLayerTheUpdateOfTheContextIsThatOfTheStep() {
        Case c = Case.of(2);
        assertThat(c.demonstrations().length).isGreaterThan(1);
        RealMatrix zeroShot = c.head().weights(c.own());
        try (NDManager manager = NDManager.newBaseManager()) {
            RealMatrix step = LinearLayerStep.change(
                    manager,
                    LinearLayerStep::dotProduct,
                    zeroShot,
                    c.demonstrationKeys(),
                    c.demonstrationValues(),
                    0.5);
            UpdateSimilarity similarity = UpdateSimilarity.of(
                    zeroShot.operate(c.query()),
                    zeroShot.add(c.head().weights(c.demonstrations())).operate(c.query()),
                    zeroShot.add(step).operate(c.query()));
            assertThat(similarity.raw().orElseThrow()).isCloseTo(1, within(EXACT));
            assertThat(similarity.tunedNorm().orElseThrow()).isCloseTo(similarity.contextNorm() / 2, within(EXACT));
        }
    }

    /** From the state that the model keeps, against the run that keeps none: at every layer, also behind the first. */
    @ParameterizedTest(name = "context of {0} tokens, 2 layers, 4 heads on 2, float64")
    @ValueSource(ints = {0, 1, 7, 90})
    void whatTheModelKeepsOfAContextIsTheChangeAndTheStep(int length) {
        Random random = new Random(length);
        TokenSequence context = Models.tokens(random, length);
        try (LanguageModel model = Examples.model("bare")) {
            List<DualForm.Errors> errors = DualForm.errors(model, context, Models.tokens(random, 5));
            assertThat(errors).hasSize(2);
            for (DualForm.Errors error : errors) {
                assertThat(error.attention()).as(error.module()).isLessThan(EXACT);
                assertThat(error.step()).as(error.module()).isLessThan(EXACT);
            }
        }
    }

    /** The errors are not small for whatever is put in. */
    @Test
    void theChangeOfAnotherContextIsAnother() {
        Random random = new Random(4);
        TokenSequence context = Models.tokens(random, 12);
        TokenSequence other = Models.tokens(random, 12);
        try (LanguageModel model = Examples.model("bare")) {
            RealMatrix first = DualForm.of(model, context).get(0).change().get(0);
            RealMatrix second = DualForm.of(model, other).get(0).change().get(0);
            assertThat(first.subtract(second).getFrobeniusNorm()).isGreaterThan(0.1 * first.getFrobeniusNorm());
        }
    }

    /** In the first layer, where the query's own side is the same with and without a context, the update is ΔW q. */
    @Test
    void theUpdateOfTheFirstMixersOutputIsTheProjectedChange() {
        Random random = new Random(6);
        TokenSequence context = Models.tokens(random, 20);
        List<TokenSequence> query = List.of(Models.tokens(random, 5));
        try (LanguageModel model = Examples.model("bare")) {
            MixerRecording prompted =
                    QueryRecording.of(model, context, query).get(0).mixers().get(0);
            MixerRecording zeroShot = QueryRecording.of(model, TokenSequence.EMPTY, query)
                    .get(0)
                    .mixers()
                    .get(0);
            List<RealMatrix> change = DualForm.of(model, context).get(0).change();
            double[] heads = new double[16];
            for (int head = 0; head < 4; head++) {
                double[] q = Arrays.copyOfRange(prompted.query(), 4 * head, 4 * head + 4);
                System.arraycopy(change.get(head).operate(q), 0, heads, 4 * head, 4);
            }
            double[] out =
                    model.tensors().get(prompted.module() + ".o_proj.weight").toDoubleArray();
            double[] expected = new double[16];
            for (int i = 0; i < 16; i++) {
                expected[i] = Vectors.dot(Arrays.copyOfRange(out, 16 * i, 16 * i + 16), heads);
            }
            assertSame(Vectors.difference(prompted.output(), zeroShot.output()), expected);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "bare with momentum", "llama", "gpt2", "retnet"})
    void otherMixersHaveNoFixedChangeAndSaySo(String family) {
        try (LanguageModel model = Examples.model(family)) {
            assertThatThrownBy(() -> DualForm.of(model, TokenSequence.of(1, 2)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("normalizer = false");
        }
    }
}
