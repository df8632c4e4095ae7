package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.iclsweep.model.Measured;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.mixer.LayerProbe;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.EncodedQuery.Choice;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.ModelException;
import org.iclsweep.model.transformer.Padding;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The law of native memory: a model holds the same arrays before and after any number of batches. */
class NativeMemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int WARM_UP = 60;
    private static final int BATCHES = 200;
    /** MiB that the process may grow by. One array [8, 128, 64] of float64 left by every batch would be 100 MiB. */
    private static final double GROWTH = 40;

    private static List<PromptSet> sets(long seed, TokenSequence lastQuery) {
        Random random = new Random(seed);
        List<int[]> labels = List.of(new int[] {1}, new int[] {2, 3});
        return random.ints(8, 60, 100)
                .mapToObj(length -> new PromptSet(
                        List.of(Models.tokens(random, length), Models.tokens(random, 10)),
                        List.of(
                                new EncodedQuery(1, Models.tokens(random, 5), new Choice(labels, 0)),
                                new EncodedQuery(2, lastQuery, new Choice(labels, 1))),
                        false))
                .toList();
    }

    /** The manager that a model's weights live in, and what it holds. */
    private static int arrays(LanguageModel model) {
        try (NDManager batch = model.newBatch()) {
            return batch.getParentManager().getManagedArrays().size();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet"})
    void aModelHoldsItsWeightsAndNothingElseAfterBatchesThatWentWellAndBatchesThatThrew(String family) {
        try (LanguageModel model = Models.load(Models.of(family, 32, 2), 1, DataType.FLOAT32)) {
            int before = arrays(model);
            assertThat(before).isEqualTo(model.tensors().size());
            Evaluation evaluation = new Evaluation(model, new ExactConversion(), Padding.LADDER, true);
            for (int i = 0; i < 5; i++) {
                evaluation.of(sets(i, TokenSequence.of(4, 5)));
                assertThat(arrays(model)).isEqualTo(before);
                List<PromptSet> unknownToken = sets(i, TokenSequence.of(4, Models.VOCABULARY));
                assertThatThrownBy(() -> evaluation.of(unknownToken)).isInstanceOf(ModelException.class);
                assertThat(arrays(model)).isEqualTo(before);
                assertThatThrownBy(() -> prompted(model, new Breaking())).isInstanceOf(Breakdown.class);
                assertThat(arrays(model)).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet"})
    void aRunLeavesOneArrayInItsBatchAndAConversionItsStates(String family) {
        try (LanguageModel model = Models.load(Models.of(family, 32, 3), 1, DataType.FLOAT32)) {
            try (NDManager batch = model.newBatch()) {
                NDArray hidden = model.prompted(batch, trees(1), Padding.LADDER, LayerProbe.NONE);
                int once = batch.getManagedArrays().size();
                assertThat(hidden.getManager()).isSameAs(batch);
                // Layers free what they need in between: what a run keeps does not grow with their number.
                try (LanguageModel deeper = Models.load(Models.of(family, 32, 6), 1, DataType.FLOAT32);
                        NDManager another = deeper.newBatch()) {
                    deeper.prompted(another, trees(1), Padding.LADDER, LayerProbe.NONE);
                    assertThat(another.getManagedArrays()).hasSize(once);
                    deeper.continued(
                            another,
                            List.of(new Continuation(TokenSequence.of(1, 2), 0)),
                            deeper.initialState(another),
                            Padding.LADDER,
                            LayerProbe.NONE);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "gated_deltanet"})
    void theProcessDoesNotGrowWithTheNumberOfBatches(String family) {
        Assumptions.assumeTrue(Files.isReadable(STATUS), "resident memory is read from " + STATUS);
        try (LanguageModel model = Models.load(Models.of(family, 64, 1), 1, DataType.FLOAT64)) {
            Evaluation evaluation = new Evaluation(model, new ExactConversion(), Padding.LADDER, true);
            run(evaluation, 0, WARM_UP);
            double before = residentMebibytes();
            run(evaluation, WARM_UP, WARM_UP + BATCHES);
            double growth = residentMebibytes() - before;
            Measured.line("native-memory", "%s: %+.1f MiB resident over %d batches", family, growth, BATCHES);
            assertThat(growth).isLessThan(GROWTH);
        }
    }

    private static void run(Evaluation evaluation, int from, int to) {
        for (int i = from; i < to; i++) {
            evaluation.of(sets(i % 7, TokenSequence.of(4, 5)));
        }
    }

    private static List<PromptTree> trees(long seed) {
        return sets(seed, TokenSequence.of(4, 5)).stream().map(PromptSet::tree).toList();
    }

    private static void prompted(LanguageModel model, LayerProbe probe) {
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
    private static final class Breaking implements LayerProbe {
        @Override
        public void layer(int layer, Supplier<NDArray> scored) {
            NDArray inTheMiddle = scored.get();
            throw new Breakdown(inTheMiddle.getShape().toString());
        }
    }
}
