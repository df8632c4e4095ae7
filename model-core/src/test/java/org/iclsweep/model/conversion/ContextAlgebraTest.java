package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.decoder.Fixture;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operations on contexts, for every family: append, undo, leave one out, reorder. */
class ContextAlgebraTest {
    private static final double TOLERANCE = 1e-11;
    private static final int VOCABULARY = 40;
    /** Small enough for levels to be read in several blocks. */
    private static final int FEW_TOKENS = 40;

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    private static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray());
    }

    /** Demonstrations of unequal lengths; lengths of one and two are shorter than what convolutions read. */
    private static List<TokenSequence> demonstrations(long seed, int count) {
        Random random = new Random(seed);
        return Stream.generate(() -> tokens(random, 1 + random.nextInt(12)))
                .limit(count)
                .toList();
    }

    private static ContextState atOnce(LanguageModel model, NDManager batch, List<TokenSequence> parts) {
        return model.contextStates(
                        batch,
                        List.of(List.of(TokenSequence.concat(parts))),
                        model.initialState(batch),
                        Padding.LONGEST)
                .get(0);
    }

    private static void assertSame(ContextState states, int row, ContextState expected) {
        Map<String, NDArray> own = states.tensorsOf(row);
        expected.tensorsOf(0)
                .forEach((name, tensor) -> Closeness.assertClose(
                        name,
                        own.get(name).flatten().toDoubleArray(),
                        tensor.flatten().toDoubleArray(),
                        TOLERANCE));
    }

    private static Map<String, double[]> bits(ContextState state) {
        Map<String, double[]> bits = new LinkedHashMap<>();
        state.tensors().forEach((name, tensor) -> bits.put(name, tensor.toDoubleArray()));
        return bits;
    }

    private static int arrays(LanguageModel model) {
        try (NDManager batch = model.newBatch()) {
            return batch.getParentManager().getManagedArrays().size();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void contextsPushedOneByOneOrInOnePassEqualAllAtOnce(Fixture fixture) {
        List<TokenSequence> contexts = demonstrations(7, 4);
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch();
                ContextStack oneByOne = new ContextStack(model);
                ContextStack inOnePass = new ContextStack(model)) {
            contexts.forEach(oneByOne::push);
            inOnePass.pushAll(contexts);
            for (int k = contexts.size(); k > 0; k--) {
                assertThat(oneByOne.size()).isEqualTo(k);
                ContextState expected = atOnce(model, batch, contexts.subList(0, k));
                assertSame(oneByOne.top(), 0, expected);
                assertSame(inOnePass.top(), 0, expected);
                oneByOne.pop();
                inOnePass.pop();
            }
            assertSame(inOnePass.top(), 0, model.initialState(batch));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void poppingAContextGivesTheBiasesFromBeforeItBackBitForBit(Fixture fixture) {
        List<TokenSequence> contexts = demonstrations(8, 3);
        try (LanguageModel model = fixture.load(DataType.FLOAT64)) {
            int before = arrays(model);
            try (ContextStack stack = new ContextStack(model)) {
                stack.pushAll(contexts.subList(0, 2));
                Map<String, double[]> kept = bits(stack.top());
                stack.push(contexts.get(2));
                assertThat(bits(stack.top())).isNotEqualTo(kept);
                stack.pop();
                assertThat(bits(stack.top())).usingRecursiveComparison().isEqualTo(kept);
            }
            assertThat(arrays(model)).as("native arrays").isEqualTo(before);
        }
    }

    @Test
    void thereIsNothingBelowAnEmptyStack() {
        Fixture any = Fixture.all().findFirst().orElseThrow();
        try (LanguageModel model = any.load(DataType.FLOAT64);
                ContextStack stack = new ContextStack(model)) {
            assertThatThrownBy(stack::pop).isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void leavingOneDemonstrationOutEqualsConvertingTheOthers(Fixture fixture) {
        assertEachEqualsItsDirectConversion(fixture, allAndWithoutEach(demonstrations(9, 5)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void everyOrderOfASharedTreeEqualsConvertingThatOrder(Fixture fixture) {
        assertEachEqualsItsDirectConversion(fixture, orders(demonstrations(10, 3)));
    }

    private static void assertEachEqualsItsDirectConversion(Fixture fixture, List<List<TokenSequence>> contexts) {
        try (LanguageModel model = fixture.load(DataType.FLOAT64)) {
            int before = arrays(model);
            try (NDManager batch = model.newBatch()) {
                ContextState states = new SharedPrefixes(model, Padding.LADDER, FEW_TOKENS)
                        .states(batch, contexts, model.initialState(batch));
                for (int row = 0; row < contexts.size(); row++) {
                    assertSame(states, row, atOnce(model, batch, contexts.get(row)));
                }
            }
            assertThat(arrays(model)).as("native arrays").isEqualTo(before);
        }
    }

    @Test
    void noBeginningIsReadTwice() {
        List<TokenSequence> ones =
                IntStream.range(0, 6).mapToObj(TokenSequence::of).toList();
        // 6 for all of them; what follows the one that is left out, 5 + 4 + 3 + 2 + 1, once for each.
        assertThat(SharedPrefixes.tokens(allAndWithoutEach(ones))).isEqualTo(6 + 15);
        // Σ_j 4!/(4 − j)!, for j = 1 … 4, where each order by itself would read 4! · 4.
        assertThat(SharedPrefixes.tokens(orders(ones.subList(0, 4)))).isEqualTo(4 + 12 + 24 + 24);
    }

    private static List<List<TokenSequence>> allAndWithoutEach(List<TokenSequence> demonstrations) {
        List<List<TokenSequence>> contexts = new ArrayList<>(List.of(demonstrations));
        for (int left = 0; left < demonstrations.size(); left++) {
            List<TokenSequence> others = new ArrayList<>(demonstrations);
            others.remove(left);
            contexts.add(others);
        }
        contexts.add(List.of());
        return contexts;
    }

    private static List<List<TokenSequence>> orders(List<TokenSequence> demonstrations) {
        if (demonstrations.isEmpty()) {
            return List.of(List.of());
        }
        List<List<TokenSequence>> orders = new ArrayList<>();
        for (int first = 0; first < demonstrations.size(); first++) {
            List<TokenSequence> rest = new ArrayList<>(demonstrations);
            TokenSequence head = rest.remove(first);
            for (List<TokenSequence> tail : orders(rest)) {
                List<TokenSequence> order = new ArrayList<>(List.of(head));
                order.addAll(tail);
                orders.add(order);
            }
        }
        return orders;
    }
}
