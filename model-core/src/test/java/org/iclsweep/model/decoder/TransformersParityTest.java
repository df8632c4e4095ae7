package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The logits of transformers 5.24, computed in float64 everywhere, of its own small random models: the released type of
 * each family, and sets of its options. Contexts are longer than windows, chunks and the training of scaled positions.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("fixtures")
class TransformersParityTest {
    private static final double TOLERANCE = 1e-9;

    private final Fixture fixture;

    TransformersParityTest(Fixture fixture) {
        this.fixture = fixture;
    }

    static Stream<Fixture> fixtures() {
        return Fixture.ofTransformers();
    }

    private void assertLogits(NDArray logits) {
        double[][] all =
                fixture.cases().stream().flatMap(one -> Stream.of(one.logits())).toArray(double[][]::new);
        assertThat(FixtureParityTest.largestDifference(logits, all)).isLessThan(TOLERANCE);
    }

    private List<Continuation> queries() {
        return fixture.cases().stream()
                .map(one -> new Continuation(one.query(), 0))
                .toList();
    }

    @Test
    void theUninterruptedRunOfAPaddedBatchGivesTheLogits() {
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> prompts = fixture.cases().stream()
                    .map(one -> PromptTree.of(one.context(), one.query()))
                    .toList();
            assertLogits(model.logits(model.prompted(batch, prompts, Padding.LADDER, RunObserver.NONE)));
        }
    }

    @Test
    void theBareQueriesOnTheConvertedModelsGiveTheLogits() {
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts =
                    fixture.cases().stream().map(one -> List.of(one.context())).toList();
            ContextState states = ConversionMethods.exactFor(model.layout())
                    .convert(model, batch, contexts, Padding.LADDER)
                    .get(0)
                    .state();
            assertLogits(model.logits(model.continued(batch, queries(), states, Padding.LADDER, RunObserver.NONE)));
        }
    }

    /** A window is then moved on from a state that it already fills, and keys are turned twice. */
    @Test
    void contextsThatAreConvertedInTwoPartsGiveTheLogits() {
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> first = new ArrayList<>();
            List<List<TokenSequence>> rest = new ArrayList<>();
            for (Fixture.Case one : fixture.cases()) {
                int cut = one.context().length() * 2 / 3;
                first.add(List.of(one.context().slice(0, cut)));
                rest.add(List.of(one.context().slice(cut, one.context().length())));
            }
            ContextState half = model.contextStates(batch, first, model.initialState(batch), Padding.LONGEST)
                    .get(0);
            ContextState states =
                    model.contextStates(batch, rest, half, Padding.LONGEST).get(0);
            assertLogits(model.logits(model.continued(batch, queries(), states, Padding.LONGEST, RunObserver.NONE)));
        }
    }
}
