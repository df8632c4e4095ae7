package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.model.Measured;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.exactness.Evaluation;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The part of a context that a sliding window of W tokens keeps. */
class WindowLawsTest {
    private static final int LENGTH = 60;

    /** ‖state of the context − state of its last W − 1 tokens‖∞ / ‖state of the context‖∞, over all tensors. */
    private static double difference(int layers, int window) {
        TokenSequence context = Models.tokens(new Random(window), LENGTH);
        try (LanguageModel model = Models.load(
                        Models.of("mistral", 16, layers).put("sliding_window", window), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> both =
                    List.of(List.of(context), List.of(context.slice(LENGTH - window + 1, LENGTH)));
            ContextState states = model.contextStates(batch, both, model.initialState(batch), Padding.LONGEST)
                    .get(0);
            Map<String, NDArray> last = states.tensorsOf(1);
            double worst = 0;
            double largest = 0;
            for (Map.Entry<String, NDArray> whole : states.tensorsOf(0).entrySet()) {
                assertThat(whole.getValue().getShape().get(1)).isEqualTo(window - 1);
                double[] a = whole.getValue().flatten().toDoubleArray();
                double[] b = last.get(whole.getKey()).flatten().toDoubleArray();
                for (int i = 0; i < a.length; i++) {
                    worst = Math.max(worst, Math.abs(a[i] - b[i]));
                    largest = Math.max(largest, Math.abs(a[i]));
                }
            }
            return worst / largest;
        }
    }

    @ParameterizedTest(name = "window {0}")
    @ValueSource(ints = {2, 7, 33})
    void ofOneLayerTheLastTokensOfTheWindowAreAllThatAContextLeavesBehind(int window) {
        assertThat(difference(1, window)).isLessThan(1e-14);
    }

    @ParameterizedTest(name = "window {0}")
    @ValueSource(ints = {2, 7, 33})
    void ofMoreLayersItIsNotForTheLowerOnesHadReadFurther(int window) {
        assertThat(difference(2, window)).isGreaterThan(1e-3);
    }

    @Test
    void keysWithoutValuesAreNoState() {
        ObjectNode config = Models.of("mistral", 16, 1);
        DrawnWeights weights = DrawnWeights.of(config, 3, false);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts = List.of(List.of(Models.tokens(new Random(1), 3)));
            ContextState state = model.contextStates(batch, contexts, model.initialState(batch), Padding.LONGEST)
                    .get(0);
            DrawnWeights converted = weights.with(state);
            converted.values().remove("model.layers.0.self_attn.b_v");
            assertThatThrownBy(() -> converted.load(config, DataType.FLOAT64))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("model.layers.0.self_attn.b_v: expected (4, -1, 4)")
                    .hasMessageContaining("found none: a state is there whole or not at all");
        }
    }

    @ParameterizedTest(name = "{0} layers")
    @ValueSource(ints = {1, 2})
    void aContextCountsTheKeysAndValuesThatItKeepsAndNotThoseOfItsLongerNeighbours(int layers) {
        Random random = new Random(layers);
        try (LanguageModel model = Models.load(Models.of("mistral", 16, layers), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            int[] lengths = {50, 23, 4, 1, 0};
            ContextState states = model.contextStates(
                            batch,
                            Arrays.stream(lengths)
                                    .mapToObj(length -> List.of(Models.tokens(random, length)))
                                    .toList(),
                            model.initialState(batch),
                            Padding.LADDER)
                    .get(0);
            int[] kept = {23, 23, 4, 1, 0};
            for (int row = 0; row < lengths.length; row++) {
                assertThat(states.parameters(row)).isEqualTo(2L * layers * 16 * kept[row]);
                long tensors = states.tensorsOf(row).values().stream()
                        .mapToLong(NDArray::size)
                        .sum();
                assertThat(states.parameters(row)).isEqualTo(tensors);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"float64", "float32"})
    void aWindowedModelConvertsExactlyUpToRounding(String type) {
        Random random = new Random(3);
        List<PromptSet> sets = Stream.generate(() -> new PromptSet(
                        List.of(Models.tokens(random, 128)),
                        List.of(new EncodedQuery(1, Models.tokens(random, 8), new EncodedQuery.Unjudged())),
                        true))
                .limit(8)
                .toList();
        DataType computed = type.equals("float64") ? DataType.FLOAT64 : DataType.FLOAT32;
        try (LanguageModel model = Models.load(Models.of("mistral", 64, 4), 2, computed)) {
            double worst = new Evaluation(model, new ExactConversion(), Padding.LADDER, false)
                    .evaluate(sets).measurements().stream()
                            .mapToDouble(
                                    set -> Objects.requireNonNull(set.get(0).comparison())
                                            .errors()
                                            .get(0)
                                            .relative())
                            .max()
                            .orElseThrow();
            Measured.line("numerics-softmax", "relative logit error, mistral, hidden 64, %s: %.1e", type, worst);
            assertThat(worst).isLessThan(type.equals("float64") ? 1e-14 : 5e-6);
        }
    }
}
