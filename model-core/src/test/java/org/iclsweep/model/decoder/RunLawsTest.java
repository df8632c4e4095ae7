package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Laws that both computations obey for every family, over random shapes. */
class RunLawsTest {
    private static final double TOLERANCE = 1e-11;
    private static final int VOCABULARY = 40;

    static Stream<Arguments> fixturesAndSeeds() {
        return Fixture.all().flatMap(fixture -> IntStream.of(1, 2).mapToObj(seed -> Arguments.of(fixture, seed)));
    }

    private static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray());
    }

    private static PromptTree tree(Random random, TokenSequence beginning) {
        TokenSequence trunk = beginning.then(tokens(random, random.nextInt(90)));
        List<PromptTree.Branch> branches = new ArrayList<>();
        for (int b = 0; b <= random.nextInt(4); b++) {
            int length = 1 + random.nextInt(6);
            branches.add(new PromptTree.Branch(
                    random.nextInt(trunk.length() + 1),
                    new Continuation(tokens(random, length), random.nextInt(length))));
        }
        // The same in every tree, where they have read the same.
        branches.add(new PromptTree.Branch(beginning.length(), new Continuation(TokenSequence.of(3, 4), 0)));
        return new PromptTree(trunk, branches);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("fixturesAndSeeds")
    void aBatchOfPackedTreesGivesEachPromptItsOwnLogits(Fixture fixture, int seed) {
        try (LanguageModel model = fixture.load(DataType.FLOAT64)) {
            assertPackedTreesGiveEachPromptItsOwnLogits(model, new Random(seed));
        }
    }

    /** Three trees with a common beginning in a batch, which share it or do not, and each of their prompts alone. */
    static void assertPackedTreesGiveEachPromptItsOwnLogits(LanguageModel model, Random random) {
        TokenSequence beginning = tokens(random, random.nextInt(90));
        List<PromptTree> trees =
                Stream.generate(() -> tree(random, beginning)).limit(3).toList();
        try (NDManager batch = model.newBatch()) {
            List<double[]> alone = new ArrayList<>();
            for (PromptTree tree : trees) {
                for (PromptTree.Branch branch : tree.branches()) {
                    PromptTree one = new PromptTree(
                            tree.trunk().slice(0, branch.depth()),
                            List.of(new PromptTree.Branch(branch.depth(), branch.continuation())));
                    NDArray logits =
                            model.logits(model.prompted(batch, List.of(one), Padding.LONGEST, RunObserver.NONE));
                    for (long row = 0; row < logits.getShape().get(0); row++) {
                        alone.add(logits.get(row).toDoubleArray());
                    }
                }
            }
            for (Padding padding : Padding.values()) {
                NDArray packed = model.logits(model.prompted(batch, trees, padding, RunObserver.NONE));
                assertThat(FixtureParityTest.largestDifference(packed, alone.toArray(double[][]::new)))
                        .as("%s", padding)
                        .isLessThan(TOLERANCE);
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("fixturesAndSeeds")
    void theStatesAfterEverySegmentOfAPaddedBatchAreThoseOfEachPrefixAlone(Fixture fixture, int seed) {
        Random random = new Random(seed);
        TokenSequence beginning = tokens(random, seed == 1 ? 0 : 70);
        List<List<TokenSequence>> contexts = Stream.generate(() -> List.of(
                        beginning.then(tokens(random, random.nextInt(20))),
                        tokens(random, random.nextInt(100)),
                        tokens(random, random.nextInt(3))))
                .limit(4)
                .toList();
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState start = model.initialState(batch);
            Padding padding = seed == 1 ? Padding.LADDER : Padding.LONGEST;
            List<ContextState> together = model.contextStates(batch, contexts, start, padding);
            for (int segment = 0; segment < 3; segment++) {
                for (int row = 0; row < contexts.size(); row++) {
                    TokenSequence prefix =
                            TokenSequence.concat(contexts.get(row).subList(0, segment + 1));
                    ContextState alone = model.contextStates(batch, List.of(List.of(prefix)), start, Padding.LONGEST)
                            .get(0);
                    assertSame(together.get(segment), row, alone);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("fixturesAndSeeds")
    void aSecondContextConvertedOnTopOfAFirstEqualsBothAtOnce(Fixture fixture, int seed) {
        Random random = new Random(seed);
        TokenSequence context = tokens(random, 20 + random.nextInt(80));
        int split = random.nextInt(context.length() + 1);
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState start = model.initialState(batch);
            ContextState once = convert(model, batch, context, start);
            ContextState first = convert(model, batch, context.slice(0, split), start);
            assertSame(convert(model, batch, context.slice(split, context.length()), first), 0, once);
        }
    }

    private static ContextState convert(
            LanguageModel model, NDManager batch, TokenSequence context, ContextState start) {
        return model.contextStates(batch, List.of(List.of(context)), start, Padding.LONGEST)
                .get(0);
    }

    static void assertSame(ContextState states, int row, ContextState alone) {
        Map<String, NDArray> own = states.tensorsOf(row);
        alone.tensorsOf(0).forEach((name, tensor) -> {
            assertThat(own.get(name).getShape()).as(name).isEqualTo(tensor.getShape());
            double[] differences = own.get(name).sub(tensor).flatten().toDoubleArray();
            assertThat(Arrays.stream(differences).map(Math::abs).boxed())
                    .as(name)
                    .allMatch(difference -> difference < TOLERANCE);
        });
    }
}
