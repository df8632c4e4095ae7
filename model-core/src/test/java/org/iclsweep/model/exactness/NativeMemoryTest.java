package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.iclsweep.model.Measured;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.decoder.DrawnWeights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The law of native memory: a model holds the same arrays before and after any number of batches. */
@Tag("faults")
class NativeMemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int WINDOWS = 4;
    private static final int BATCHES = 12;
    /** MiB by which a window's batches may grow the process. One array [8, 128, 64] of float64 left by each is 6. */
    private static final double GROWTH = 3;

    /** As many as a batch has; {@link #few} where arrays are counted, of whatever size. */
    private static List<PromptSet> sets(long seed, TokenSequence lastQuery) {
        return sets(seed, lastQuery, 8);
    }

    private static List<PromptSet> few(long seed, TokenSequence lastQuery) {
        return sets(seed, lastQuery, 3);
    }

    private static List<PromptSet> sets(long seed, TokenSequence lastQuery, int count) {
        Random random = new Random(seed);
        List<int[]> labels = List.of(new int[] {1}, new int[] {2, 3});
        return random.ints(count, 60, 100)
                .mapToObj(length -> new PromptSet(
                        List.of(Models.tokens(random, length), Models.tokens(random, 10)),
                        List.of(
                                EncodedQuery.choosing(1, Models.tokens(random, 5), labels, 0),
                                EncodedQuery.choosing(2, lastQuery, labels, 1)),
                        false))
                .toList();
    }

    /** The manager that a model's weights live in, and what it holds. */
    private static int arrays(LanguageModel model) {
        try (NDManager batch = model.newBatch()) {
            return batch.getParentManager().getManagedArrays().size();
        }
    }

    /**
     * A model with the biases of a converted context and, where its family has them, short convolutions, grouped heads
     * and momentum.
     */
    private static LanguageModel converted(String family) {
        ObjectNode config = Models.of(family, 32, 2);
        Set<String> known = Families.fields(Families.of(config));
        Map.of("conv_size", 4, "num_key_value_heads", 2, "num_kv_heads", 2, "num_v_heads", 8)
                .forEach((field, value) -> {
                    // Every head of latent attention has keys of its own.
                    boolean isOwn = field.equals("num_key_value_heads") && known.contains("kv_lora_rank");
                    if (known.contains(field) && !isOwn) {
                        config.put(field, value);
                    }
                });
        if (known.contains("value_momentum")) {
            config.put("value_momentum", 0.8);
        }
        DrawnWeights weights = DrawnWeights.of(config, 1, true);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> context = List.of(List.of(Models.tokens(new Random(1), 20)));
            return weights.with(model.contextStates(batch, context, model.initialState(batch), Padding.LONGEST)
                            .get(0))
                    .load(config, DataType.FLOAT32);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.model.Models#familiesOfEachKind")
    void aModelHoldsItsTensorsAndNothingElseAfterBatchesThatWentWellAndBatchesThatThrew(String family) {
        try (LanguageModel model = converted(family)) {
            int before = arrays(model);
            assertThat(before).isEqualTo(model.tensors().size());
            Evaluation evaluation = new Evaluation(model, new ExactConversion(), Padding.LADDER, true);
            for (int i = 0; i < 2; i++) {
                evaluation.evaluate(few(i, TokenSequence.of(4, 5)));
                assertThat(arrays(model)).isEqualTo(before);
                List<PromptSet> unknownToken = few(i, TokenSequence.of(4, Models.VOCABULARY));
                assertThatThrownBy(() -> evaluation.evaluate(unknownToken)).isInstanceOf(ModelException.class);
                assertThat(arrays(model)).isEqualTo(before);
                assertThatThrownBy(() -> prompted(model, new Breaking())).isInstanceOf(Breakdown.class);
                assertThat(arrays(model)).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest(name = "{0} steps")
    @ValueSource(strings = {"0", "3"})
    void aFitByGradientDescentLeavesNothingWithTheModel(String steps) {
        try (LanguageModel model = converted("llama")) {
            int before = arrays(model);
            ConversionMethod distilled = ConversionMethods.of("distilled", Map.of("slots", "4", "steps", steps));
            Evaluation evaluation = new Evaluation(model, distilled, Padding.LADDER, false);
            for (int i = 0; i < 3; i++) {
                evaluation.evaluate(few(i, TokenSequence.of(4, 5)));
                assertThat(arrays(model)).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.model.Models#familiesOfEachKind")
    void statesThatOutliveTheirBatchGainNothingFromTheBatchesThatReadThem(String family) {
        try (LanguageModel model = converted(family);
                NDManager kept = model.newBatch()) {
            ContextState state;
            try (NDManager batch = model.newBatch()) {
                List<List<TokenSequence>> contexts = List.of(List.of(TokenSequence.of(1, 2, 3)));
                state = model.contextStates(batch, contexts, model.initialState(batch), Padding.LONGEST)
                        .get(0)
                        .attachedTo(kept);
            }
            int before = kept.getManagedArrays().size();
            assertThat(before).isEqualTo(state.tensors().size());
            for (int i = 0; i < 3; i++) {
                try (NDManager batch = model.newBatch()) {
                    List<Continuation> queries = List.of(
                            new Continuation(TokenSequence.of(4, 5), 0), new Continuation(TokenSequence.of(6), 0));
                    ContextState both = state.select(batch.create(new long[] {0, 0}));
                    model.continued(batch, queries, both, Padding.LADDER, RunObserver.NONE);
                    model.continued(batch, queries, state, Padding.LADDER, RunObserver.NONE);
                }
                assertThat(kept.getManagedArrays()).hasSize(before);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.model.Models#familiesOfEachKind")
    void whatALayerNeedsInBetweenIsGoneWithIt(String family) {
        List<PromptTree> trees = trees(1);
        long slots = trees.stream().mapToInt(PromptTree::size).max().orElseThrow();
        try (LanguageModel model = Models.load(Models.of(family, 32, 3), 1, DataType.FLOAT32);
                NDManager batch = model.newBatch()) {
            NDArray hidden = model.prompted(batch, trees, Padding.LONGEST, RunObserver.NONE);
            assertThat(hidden.getManager()).isSameAs(batch);
            // Scores, masks and decays are [B, ·, T, T]; all that a batch may keep is of the size of the stream.
            assertThat(batch.getManagedArrays().stream().mapToLong(NDArray::size))
                    .allMatch(size -> size <= trees.size() * slots * 32);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet", "mistral"})
    void theProcessDoesNotGrowWithTheNumberOfBatches(String family) {
        Assumptions.assumeTrue(Files.isReadable(STATUS), "resident memory is read from " + STATUS);
        try (LanguageModel model = Models.load(Models.of(family, 64, 1), 1, DataType.FLOAT64)) {
            Evaluation evaluation = new Evaluation(model, new ExactConversion(), Padding.LADDER, true);
            run(evaluation);
            double least = Double.POSITIVE_INFINITY;
            // The heap and the allocators grow in steps, now and then; a leak does so in every window.
            for (int window = 0; window < WINDOWS && least >= GROWTH; window++) {
                double before = residentMebibytes();
                run(evaluation);
                double growth = residentMebibytes() - before;
                Measured.line("native-memory", "%s: %+.1f MiB resident over %d batches", family, growth, BATCHES);
                least = Math.min(least, growth);
            }
            assertThat(least).isLessThan(GROWTH);
        }
    }

    private static void run(Evaluation evaluation) {
        for (int i = 0; i < BATCHES; i++) {
            evaluation.evaluate(sets(i % 7, TokenSequence.of(4, 5)));
        }
    }

    private static List<PromptTree> trees(long seed) {
        return sets(seed, TokenSequence.of(4, 5)).stream().map(PromptSet::tree).toList();
    }

    private static void prompted(LanguageModel model, RunObserver probe) {
        try (NDManager batch = model.newBatch()) {
            model.prompted(batch, trees(3), Padding.LONGEST, probe);
        }
    }

    private static double residentMebibytes() {
        System.gc();
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Breakdown extends RuntimeException {
        Breakdown(String message) {
            super(message);
        }
    }

    /** Throws in the middle of a run, with a layer's arrays at hand. */
    private static final class Breaking implements RunObserver {
        @Override
        public void layer(int layer, Supplier<NDArray> scored) {
            NDArray inTheMiddle = scored.get();
            throw new Breakdown(inTheMiddle.getShape().toString());
        }
    }
}
