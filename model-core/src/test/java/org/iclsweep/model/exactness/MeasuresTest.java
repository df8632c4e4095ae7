package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.EncodedQuery.Following;
import org.iclsweep.model.prompt.EncodedQuery.Unjudged;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.OwnedArrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The measures on logits made by hand. A head [V, 2] over hidden states (1, 1) and (1, −1), which the final norm leaves
 * as they are, gives any two rows of logits that one likes.
 */
class MeasuresTest {
    private static final double LN2 = Math.log(2);
    /** log of 1/2, 1/4, 1/4, all shifted by 3: softmax does not see the shift, the relative error does. */
    private static final double[] PROMPTED = {3 - LN2, 3 - 2 * LN2, 3 - 2 * LN2};
    /** log of 1/4, 1/4, 1/2, with the same shift. */
    private static final double[] CONVERTED = {3 - 2 * LN2, 3 - 2 * LN2, 3 - LN2};

    private static final EncodedQuery PLAIN = new EncodedQuery(1, TokenSequence.of(0), new Unjudged());

    /** A model whose logits are {@code first} on (1, 1) and {@code second} on (1, −1). */
    private static LanguageModel model(NDManager manager, double[] first, double[] second) {
        ObjectNode config = new ObjectMapper()
                .createObjectNode()
                .put("model_type", "linear_llama")
                .put("vocab_size", first.length)
                .put("hidden_size", 2)
                .put("num_hidden_layers", 1)
                .put("num_attention_heads", 1)
                .put("intermediate_size", 1)
                .put("rms_norm_eps", 1e-300);
        RandomWeights random = new RandomWeights(config, 1);
        Map<String, MemoryWeights.Tensor> tensors = new LinkedHashMap<>();
        random.names()
                .forEach(name -> tensors.put(
                        name,
                        new MemoryWeights.Tensor(
                                StoredType.F64, random.shape(name), (owner, type) -> random.read(owner, name, type))));
        double[] head = new double[2 * first.length];
        for (int token = 0; token < first.length; token++) {
            head[2 * token] = (first[token] + second[token]) / 2;
            head[2 * token + 1] = (first[token] - second[token]) / 2;
        }
        Shape shape = new Shape(first.length, 2);
        tensors.put(
                "lm_head.weight",
                new MemoryWeights.Tensor(
                        StoredType.F64, shape.getShape(), (owner, type) -> OwnedArrays.of(owner, head, shape, type)));
        return LanguageModel.load(config, new MemoryWeights(tensors), DataType.FLOAT64, Device.cpu());
    }

    private static NDArray hidden(NDManager manager, double... rows) {
        return manager.create(rows, new Shape(rows.length / 2, 2));
    }

    @Test
    void oneMovedProbabilityHasTheErrorsOfTheBook() {
        try (NDManager manager = NDManager.newBaseManager();
                LanguageModel model = model(manager, PROMPTED, CONVERTED)) {
            ScoredPositions positions = new ScoredPositions(true);
            positions.add(PLAIN);
            QueryErrors errors = positions.errors(
                    0, PositionScores.compare(model, hidden(manager, 1, 1), hidden(manager, 1, -1), List.of()));
            double norm = Math.sqrt((3 - LN2) * (3 - LN2) + 2 * (3 - 2 * LN2) * (3 - 2 * LN2));
            assertThat(errors.maxAbsolute()).isCloseTo(LN2, within(1e-15));
            assertThat(errors.relative()).isCloseTo(Math.sqrt(2) * LN2 / norm, within(1e-15));
            // ½ ln(½ / ¼) + ¼ ln(¼ / ¼) + ¼ ln(¼ / ½)
            assertThat(errors.meanKl()).isCloseTo(LN2 / 4, within(1e-15));
            assertThat(errors.maxKl()).isCloseTo(LN2 / 4, within(1e-15));
            assertThat(errors.topAgreement()).isZero();
            assertThat(errors.finite()).isTrue();
        }
    }

    @Test
    void overSeveralPositionsNormsAreTakenTogetherAndDivergencesAveraged() {
        try (NDManager manager = NDManager.newBaseManager();
                LanguageModel model = model(manager, PROMPTED, CONVERTED)) {
            EncodedQuery query = new EncodedQuery(1, TokenSequence.of(0, 0, 0, 0), new Unjudged());
            ScoredPositions positions = new ScoredPositions(true);
            positions.add(query);
            NDArray prompted = hidden(manager, 1, 1, 1, 1, 1, 1, 1, 1);
            NDArray converted = hidden(manager, 1, 1, 1, -1, 1, 1, 1, 1);
            QueryErrors errors = positions.errors(0, PositionScores.compare(model, prompted, converted, List.of()));
            double norm = 2 * Math.sqrt((3 - LN2) * (3 - LN2) + 2 * (3 - 2 * LN2) * (3 - 2 * LN2));
            assertThat(errors.maxAbsolute()).isCloseTo(LN2, within(1e-15));
            assertThat(errors.relative()).isCloseTo(Math.sqrt(2) * LN2 / norm, within(1e-15));
            assertThat(errors.meanKl()).isCloseTo(LN2 / 16, within(1e-15));
            assertThat(errors.maxKl()).isCloseTo(LN2 / 4, within(1e-15));
            assertThat(errors.topAgreement()).isEqualTo(0.75);
        }
    }

    @Test
    void aQueryHasTheErrorsOfItsOwnPositionsOnly() {
        try (NDManager manager = NDManager.newBaseManager();
                LanguageModel model = model(manager, PROMPTED, CONVERTED)) {
            ScoredPositions positions = new ScoredPositions(true);
            positions.add(PLAIN);
            positions.add(PLAIN);
            PositionScores.Compared compared =
                    PositionScores.compare(model, hidden(manager, 1, 1, 1, 1), hidden(manager, 1, 1, 1, -1), List.of());
            assertThat(positions.errors(0, compared)).isEqualTo(new QueryErrors(0, 0, 0, 0, 1, true));
            assertThat(positions.errors(1, compared).maxAbsolute()).isCloseTo(LN2, within(1e-15));
        }
    }

    enum Broken {
        NAN(Double.NaN),
        INFINITE(Double.POSITIVE_INFINITY);

        private final double value;

        Broken(double value) {
            this.value = value;
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void aLogitThatIsNotFiniteIsSeen(Broken broken) {
        try (NDManager manager = NDManager.newBaseManager();
                LanguageModel model = model(manager, new double[] {1, broken.value, 2}, CONVERTED)) {
            ScoredPositions positions = new ScoredPositions(true);
            positions.add(PLAIN);
            QueryErrors errors = positions.errors(
                    0, PositionScores.compare(model, hidden(manager, 1, 1), hidden(manager, 1, -1), List.of()));
            assertThat(errors.finite()).isFalse();
        }
    }

    @Test
    void aLabelsScoreIsTheSumOfItsTokens() {
        // Labels: token 0; tokens 1 0; tokens 1 2. The query is one token long and ends where the label begins; a
        // second continuation reads token 1 as well, and its second position scores the labels' second tokens.
        EncodedQuery query = EncodedQuery.choosing(
                1, TokenSequence.of(0), List.of(new int[] {0}, new int[] {1, 0}, new int[] {1, 2}), 2);
        ScoredPositions positions = new ScoredPositions(false);
        positions.add(query);
        try (NDManager manager = NDManager.newBaseManager();
                LanguageModel model = model(manager, PROMPTED, CONVERTED)) {
            // Positions: the query's end; then, of the second continuation, the query's end again and one more.
            NDArray states = hidden(manager, 1, 1, 1, 1, 1, -1);
            Answered answered = positions.answered(0, PositionScores.of(model, states, positions.requests()));
            // log ½ against log ¼ + log ¼ and log ¼ + log ½
            assertThat(answered.predicted()).isZero();
            assertThat(answered.right()).isFalse();
            assertThat(answered.nll()).isCloseTo(3 * LN2, within(1e-15));
            assertThat(answered.margin()).isCloseTo(2 * LN2, within(1e-15));
        }
    }

    @Test
    void theFirstOfEquallyLikelyLabelsIsChosen() {
        EncodedQuery query = EncodedQuery.choosing(1, TokenSequence.of(0), List.of(new int[] {2}, new int[] {1}), 1);
        ScoredPositions positions = new ScoredPositions(false);
        positions.add(query);
        double[] tied = {1, 2, 2};
        try (NDManager manager = NDManager.newBaseManager();
                LanguageModel model = model(manager, tied, tied)) {
            NDArray states = hidden(manager, 1, 1);
            Answered answered = positions.answered(0, PositionScores.of(model, states, positions.requests()));
            assertThat(answered.predicted()).isZero();
            assertThat(answered.right()).isFalse();
            assertThat(answered.margin()).isZero();
        }
    }

    @Test
    void tokensThatFollowAreRightWhenEachIsTheMostLikelyOne() {
        ScoredPositions positions = new ScoredPositions(false);
        positions.add(new EncodedQuery(1, TokenSequence.of(0), new Following(new int[] {0, 2})));
        positions.add(new EncodedQuery(2, TokenSequence.of(0), new Following(new int[] {0, 0})));
        try (NDManager manager = NDManager.newBaseManager();
                LanguageModel model = model(manager, PROMPTED, CONVERTED)) {
            // Each query: the query's end alone, then the query's end and the first token of the answer.
            NDArray states = hidden(manager, 1, 1, 1, 1, 1, -1, 1, 1, 1, 1, 1, -1);
            PositionScores scores = PositionScores.of(model, states, positions.requests());
            assertThat(positions.answered(0, scores).right()).isTrue();
            assertThat(positions.answered(0, scores).nll()).isCloseTo(2 * LN2, within(1e-15));
            assertThat(positions.answered(1, scores).right()).isFalse();
            assertThat(positions.answered(1, scores).nll()).isCloseTo(3 * LN2, within(1e-15));
            assertThat(positions.answered(1, scores).predicted()).isZero();
        }
    }
}
