package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.Models;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Empty slots are no tokens: nothing that stands in them reaches a state or a logit. */
class PaddingLawsTest {
    /** Weights whose token 0, which fills the arrays of indices, has no finite embedding. No prompt has it. */
    private static LanguageModel poisoned(String family) {
        ObjectNode config = Models.of(family, 16, 2);
        DrawnWeights weights = DrawnWeights.of(config, 3, true);
        String embedding = Architecture.of(config).embedding();
        Arrays.fill(weights.values().get(embedding), 0, 16, Double.NaN);
        return weights.load(config, DataType.FLOAT64);
    }

    private static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(IntStream.range(0, length)
                .map(i -> 1 + random.nextInt(Models.VOCABULARY - 1))
                .toArray());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.model.Models#families")
    void nothingOfAnEmptySlotReachesALogitOrAState(String family) {
        Random random = new Random(8);
        List<TokenSequence> contexts = List.of(tokens(random, 70), tokens(random, 3), tokens(random, 0));
        List<TokenSequence> queries = List.of(tokens(random, 2), tokens(random, 7), tokens(random, 1));
        try (LanguageModel model = poisoned(family);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = IntStream.range(0, 3)
                    .mapToObj(row -> PromptTree.of(contexts.get(row), queries.get(row)))
                    .toList();
            assertFinite(model.logits(model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE)));
            ContextState states = model.contextStates(
                            batch, contexts.stream().map(List::of).toList(), model.initialState(batch), Padding.LADDER)
                    .get(0);
            states.tensors().values().forEach(PaddingLawsTest::assertFinite);
            List<Continuation> continuations =
                    queries.stream().map(query -> new Continuation(query, 0)).toList();
            assertFinite(model.logits(model.continued(batch, continuations, states, Padding.LADDER, RunObserver.NONE)));
        }
    }

    private static void assertFinite(NDArray values) {
        assertThat(Arrays.stream(values.flatten().toDoubleArray())).allMatch(Double::isFinite);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void aPaddedLengthIsNeverShorterNeverDescendsAndIsItsOwnRung(Padding padding) {
        double ratio = padding == Padding.COARSE ? 1.5 : 1.125;
        for (int length = 0; length < 3000; length++) {
            int padded = padding.of(length);
            assertThat(padded).isGreaterThanOrEqualTo(length).isLessThanOrEqualTo(padding.of(length + 1));
            assertThat(padding.of(padded)).isEqualTo(padded);
            assertThat(padded).isLessThanOrEqualTo((int) Math.ceil(length * ratio) + 1);
        }
    }
}
