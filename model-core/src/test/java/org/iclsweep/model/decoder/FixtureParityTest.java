package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every shipped model family reproduces the logits and states of an independent float64 implementation. */
class FixtureParityTest {
    private static final double TOLERANCE = 1e-10;
    /** Of a tensor's largest entry. */
    private static final double STATE_TOLERANCE = 1e-12;

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theUninterruptedRunGivesTheRecordedLogits(Fixture fixture) {
        try (LanguageModel model = fixture.load(DataType.FLOAT64)) {
            for (Fixture.Case c : fixture.cases()) {
                try (NDManager batch = model.newBatch()) {
                    NDArray logits = model.logits(model.prompted(
                            batch, List.of(PromptTree.of(c.context(), c.query())), Padding.LONGEST, RunObserver.NONE));
                    assertThat(largestDifference(logits, c.logits())).as(c.id()).isLessThan(TOLERANCE);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theQueryAloneOnTheContextStateGivesTheRecordedLogits(Fixture fixture) {
        try (LanguageModel model = fixture.load(DataType.FLOAT64)) {
            for (Fixture.Case c : fixture.cases()) {
                try (NDManager batch = model.newBatch()) {
                    NDArray logits = converted(model, batch, c.context(), c.query());
                    assertThat(largestDifference(logits, c.logits())).as(c.id()).isLessThan(TOLERANCE);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theContextStateIsTheRecordedOne(Fixture fixture) {
        Map<String, double[]> recorded = fixture.state();
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            Fixture.Case c = fixture.cases().stream()
                    .filter(any -> any.id().equals("c33-q1"))
                    .findFirst()
                    .orElseThrow();
            Map<String, NDArray> state = model.contextStates(
                            batch, List.of(List.of(c.context())), model.initialState(batch), Padding.LONGEST)
                    .get(0)
                    .tensorsOf(0);
            assertThat(state.keySet()).containsExactlyInAnyOrderElementsOf(recorded.keySet());
            recorded.forEach((name, values) -> Closeness.assertClose(
                    name, state.get(name).flatten().toDoubleArray(), values, STATE_TOLERANCE * largest(values)));
        }
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    private static NDArray converted(LanguageModel model, NDManager batch, TokenSequence context, TokenSequence query) {
        ContextState state = model.contextStates(
                        batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                .get(0);
        List<Continuation> queries = List.of(new Continuation(query, 0));
        return model.logits(model.continued(batch, queries, state, Padding.LONGEST, RunObserver.NONE));
    }

    static double largestDifference(NDArray logits, double[][] expected) {
        double[] values = logits.toDoubleArray();
        double largest = 0;
        int at = 0;
        for (double[] row : expected) {
            for (double value : row) {
                double difference = Math.abs(values[at++] - value);
                largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
            }
        }
        assertThat(at).isEqualTo(values.length);
        return largest;
    }
}
