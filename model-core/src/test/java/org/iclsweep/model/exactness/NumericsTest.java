package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Measured;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.EncodedQuery.Unjudged;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The effect of rounding on a trial, and its bounds: the numbers of docs/explanation/numerics.md. */
class NumericsTest {
    private static final int[] HIDDEN_SIZES = {32, 64, 128};
    private static final List<DataType> TYPES = List.of(DataType.FLOAT32, DataType.FLOAT64);

    /** The families that docs/explanation/numerics.md has numbers of. */
    private static final String DOCUMENTED = "linear_llama|gated_deltanet|gla|rwkv6|rwkv7";

    private static final int PROMPTS = 16;

    /** Of the other families. */
    private static final int FEW_PROMPTS = 4;

    static Stream<Arguments> familiesAndSizes() {
        Stream<Arguments> documented = Stream.of("linear_llama", "gated_deltanet")
                .flatMap(family -> Arrays.stream(HIDDEN_SIZES).mapToObj(size -> Arguments.of(family, size)));
        Stream<Arguments> others = Models.familiesOfEachKind()
                .filter(family -> !family.matches("linear_llama|gated_deltanet"))
                .map(family -> Arguments.of(family, 64));
        return Stream.concat(documented, others);
    }

    static Stream<Arguments> familiesSizesAndTypes() {
        return familiesAndSizes().flatMap(NumericsTest::inBothTypes);
    }

    private static Stream<Arguments> inBothTypes(Arguments given) {
        return TYPES.stream().map(type -> Arguments.of(given.get()[0], given.get()[1], type));
    }

    /** The families that have numbers in the document, in both types; the others in one, by turns. */
    static Stream<Arguments> documentedInBothTypesAndOthersByTurns() {
        List<Arguments> all = familiesAndSizes().toList();
        return IntStream.range(0, all.size())
                .boxed()
                .flatMap(i -> isDocumented(all.get(i))
                        ? inBothTypes(all.get(i))
                        : inBothTypes(all.get(i)).skip(i % 2).limit(1));
    }

    private static boolean isDocumented(Arguments given) {
        return given.get()[0].toString().matches(DOCUMENTED);
    }

    // ---- how exact a conversion is

    @ParameterizedTest(name = "{0}, hidden size {1}, {2}")
    @MethodSource("documentedInBothTypesAndOthersByTurns")
    void aConvertedModelsLogitsAreThePromptedOnesUpToRounding(String family, int hiddenSize, DataType type) {
        Random random = new Random(3);
        List<PromptSet> sets = Stream.generate(() -> new PromptSet(
                        List.of(Models.tokens(random, 128)),
                        List.of(new EncodedQuery(1, Models.tokens(random, 8), new Unjudged())),
                        true))
                .limit(family.matches(DOCUMENTED) ? PROMPTS : FEW_PROMPTS)
                .toList();
        try (LanguageModel model = Models.load(Models.of(family, hiddenSize, 4), 2, type)) {
            double[] errors = new Evaluation(model, new ExactConversion(), Padding.LADDER, false)
                    .evaluate(sets).measurements().stream()
                            .mapToDouble(
                                    set -> Objects.requireNonNull(set.get(0).comparison())
                                            .errors()
                                            .get(0)
                                            .relative())
                            .toArray();
            double mean = Arrays.stream(errors).average().orElseThrow();
            double worst = Arrays.stream(errors).max().orElseThrow();
            Measured.line(
                    "numerics",
                    "relative logit error, %s, hidden %d, 4 layers, %s: mean %.1e, worst of %d %.1e",
                    family,
                    hiddenSize,
                    type,
                    mean,
                    errors.length,
                    worst);
            assertThat(worst).isLessThan(type == DataType.FLOAT32 ? 5e-6 : 1e-14);
        }
    }

    // ---- what packing and padding do

    @ParameterizedTest(name = "{0}, hidden size {1}")
    @MethodSource("familiesAndSizes")
    void packingAndPaddingMoveFloat32LogitsByRoundingOnly(String family, int hiddenSize) {
        List<PromptTree> trees = trees(new Random(4), family.matches(DOCUMENTED) ? 6 : 3);
        try (LanguageModel model = Models.load(Models.of(family, hiddenSize, 4), 2, DataType.FLOAT32);
                NDManager batch = model.newBatch()) {
            double[] packed = logits(model, batch, trees, Padding.LADDER);
            List<PromptTree> alone = new ArrayList<>();
            trees.forEach(tree -> tree.branches()
                    .forEach(branch -> alone.add(new PromptTree(
                            tree.trunk().slice(0, branch.depth()),
                            List.of(new PromptTree.Branch(branch.depth(), branch.continuation()))))));
            double[] single = alone.stream()
                    .flatMapToDouble(tree -> Arrays.stream(logits(model, batch, List.of(tree), Padding.LONGEST)))
                    .toArray();
            double error = relative(packed, single);
            Measured.line("numerics", "packed against alone, %s, hidden %d, float32: %.1e", family, hiddenSize, error);
            assertThat(error).isLessThan(5e-6);
        }
    }

    @ParameterizedTest(name = "{0}, hidden size {1}, {2}")
    @MethodSource("documentedInBothTypesAndOthersByTurns")
    void aPaddedContextLeavesTheStateOfThatContextAlone(String family, int hiddenSize, DataType type) {
        Random random = new Random(5);
        List<TokenSequence> contexts = List.of(
                Models.tokens(random, 1),
                Models.tokens(random, 37),
                Models.tokens(random, 90),
                Models.tokens(random, 5));
        try (LanguageModel model = Models.load(Models.of(family, hiddenSize, 4), 2, type);
                NDManager batch = model.newBatch()) {
            ContextState padded = states(model, batch, contexts, Padding.LADDER);
            double worst = 0;
            for (int row = 0; row < contexts.size(); row++) {
                ContextState alone = states(model, batch, List.of(contexts.get(row)), Padding.LONGEST);
                Map<String, NDArray> inBatch = padded.tensorsOf(row);
                for (Map.Entry<String, NDArray> own : alone.tensorsOf(0).entrySet()) {
                    worst = Math.max(worst, relative(doubles(inBatch.get(own.getKey())), doubles(own.getValue())));
                }
            }
            Measured.line(
                    "numerics",
                    "states padded against alone, %s, hidden %d, %s: %.1e",
                    family,
                    hiddenSize,
                    type,
                    worst);
            assertThat(worst).isLessThan(type == DataType.FLOAT32 ? 1e-5 : 1e-13);
        }
    }

    // ---- what bits depend on

    /** Every number of the trial in {@code row}: prompted logits, states, converted logits. */
    private static double[] numbers(LanguageModel model, List<PromptTree> trees, int row) {
        try (NDManager batch = model.newBatch()) {
            NDArray prompted = model.logits(model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE));
            List<TokenSequence> contexts = trees.stream().map(PromptTree::trunk).toList();
            ContextState states = states(model, batch, contexts, Padding.LADDER);
            List<Continuation> queries = trees.stream()
                    .map(tree -> tree.branches().get(0).continuation())
                    .toList();
            NDArray converted = model.logits(model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE));
            int from = queries.subList(0, row).stream()
                    .mapToInt(Continuation::scored)
                    .sum();
            String rows = from + ":" + (from + queries.get(row).scored());
            Stream<NDArray> ofTrial = Stream.of(
                            Stream.of(prompted.get(rows)),
                            states.tensors().values().stream().map(state -> state.get(row)),
                            Stream.of(converted.get(rows)))
                    .flatMap(arrays -> arrays);
            return ofTrial.flatMapToDouble(array -> Arrays.stream(doubles(array)))
                    .toArray();
        }
    }

    /** A prompt whose lengths are padded to the same rungs as those of its companions. */
    private static PromptTree sameRungs(Random random) {
        return PromptTree.of(Models.tokens(random, 60 + random.nextInt(3)), Models.tokens(random, 5));
    }

    private static List<PromptTree> companions(PromptTree subject, int row, int size, long seed) {
        Random random = new Random(seed);
        List<PromptTree> batch = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            batch.add(i == row ? subject : sameRungs(random));
        }
        return batch;
    }

    /**
     * The families with several hidden sizes in one type for each size, so that all pairs of options occur; the others
     * in one type, by turns.
     */
    static Stream<Arguments> pairsOfFamiliesSizesAndTypes() {
        List<String> others = Models.familiesOfEachKind()
                .filter(family -> !family.matches("linear_llama|gated_deltanet"))
                .toList();
        return Stream.concat(
                IntStream.range(0, 2 * HIDDEN_SIZES.length)
                        .mapToObj(i -> Arguments.of(
                                i % 2 == 0 ? "linear_llama" : "gated_deltanet",
                                HIDDEN_SIZES[i / 2],
                                TYPES.get((i + i / 2) % 2))),
                others.stream()
                        .map(family -> Arguments.of(family, 64, TYPES.get(others.indexOf(family) % TYPES.size()))));
    }

    /** Batches of 8 too of the families that have numbers in the document, of all in the soak. */
    @ParameterizedTest(name = "{0}, hidden size {1}, {2}")
    @MethodSource("pairsOfFamiliesSizesAndTypes")
    void aTrialHasTheSameBitsInEveryBatchOfTheSamePaddedShape(String family, int hiddenSize, DataType type) {
        assertSameBits(family, hiddenSize, type, family.matches(DOCUMENTED) ? new int[] {4, 8} : new int[] {4});
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}, hidden size {1}, {2}")
    @MethodSource("familiesSizesAndTypes")
    void aTrialHasTheSameBitsInBatchesOfFourEightAndSixteen(String family, int hiddenSize, DataType type) {
        assertSameBits(family, hiddenSize, type, 4, 8, 16);
    }

    private static void assertSameBits(String family, int hiddenSize, DataType type, int... sizes) {
        PromptTree subject = sameRungs(new Random(6));
        try (LanguageModel model = Models.load(Models.of(family, hiddenSize, 4), 2, type)) {
            for (int size : sizes) {
                double[] first = numbers(model, companions(subject, 0, size, 1), 0);
                List<Integer> others = new ArrayList<>();
                for (int row : new int[] {size / 2, size - 1}) {
                    if (!Arrays.equals(numbers(model, companions(subject, row, size, row + 1), row), first)) {
                        others.add(row);
                    }
                }
                Measured.line(
                        "numerics",
                        "bits by place in a batch of %d, %s, hidden %d, %s: other than in the first at %s",
                        size,
                        family,
                        hiddenSize,
                        type,
                        others);
                assertThat(others).as("places in a batch of %d", size).isEmpty();
            }
        }
    }

    /** Equal bits are seen for many sizes, and promised for none: the numbers are equal up to rounding. */
    @Tag("soak")
    @ParameterizedTest(name = "{0}, hidden size {1}, {2}")
    @MethodSource("familiesSizesAndTypes")
    void batchesOfOtherSizesMoveATrialByRoundingOnly(String family, int hiddenSize, DataType type) {
        PromptTree subject = sameRungs(new Random(6));
        try (LanguageModel model = Models.load(Models.of(family, hiddenSize, 4), 2, type)) {
            double[] reference = numbers(model, companions(subject, 0, 16, 1), 0);
            TreeMap<Integer, String> equal = new TreeMap<>();
            for (int size : new int[] {1, 2, 3, 4, 5, 8, 12, 32}) {
                double[] found = numbers(model, companions(subject, 0, size, 1), 0);
                equal.put(size, Arrays.equals(found, reference) ? "=" : "≠");
                assertThat(relative(found, reference))
                        .as("a batch of %d against one of 16", size)
                        .isLessThan(type == DataType.FLOAT32 ? 1e-5 : 1e-13);
            }
            Measured.line(
                    "numerics", "bits against a batch of 16, %s, hidden %d, %s: %s", family, hiddenSize, type, equal);
        }
    }

    private static ContextState states(
            LanguageModel model, NDManager batch, List<TokenSequence> contexts, Padding padding) {
        List<List<TokenSequence>> segments = contexts.stream().map(List::of).toList();
        return model.contextStates(batch, segments, model.initialState(batch), padding)
                .get(0);
    }

    private static List<PromptTree> trees(Random random, int count) {
        return Stream.generate(() -> {
                    TokenSequence trunk = Models.tokens(random, random.nextInt(120));
                    List<PromptTree.Branch> branches = Stream.generate(() -> new PromptTree.Branch(
                                    random.nextInt(trunk.length() + 1),
                                    new Continuation(Models.tokens(random, 1 + random.nextInt(6)), 0)))
                            .limit(3)
                            .toList();
                    return new PromptTree(trunk, branches);
                })
                .limit(count)
                .toList();
    }

    private static double[] logits(LanguageModel model, NDManager batch, List<PromptTree> trees, Padding padding) {
        return doubles(model.logits(model.prompted(batch, trees, padding, RunObserver.NONE)));
    }

    private static double[] doubles(NDArray values) {
        return values.toType(DataType.FLOAT64, false).flatten().toDoubleArray();
    }

    /** ‖a − b‖₂ / ‖b‖₂. */
    private static double relative(double[] a, double[] b) {
        assertThat(a).hasSameSizeAs(b);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += (a[i] - b[i]) * (a[i] - b[i]);
            norm += b[i] * b[i];
        }
        return Math.sqrt(difference / norm);
    }
}
