package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.EncodedQuery.Unjudged;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queries on converted models: on copies of a state, on a state that they share, in one block and in several. */
class ConvertedRunTest {
    private static final int QUERIES = 5;

    /** Sets whose contexts, and so the caches of softmax attention, differ in length; one context is empty. */
    private static List<PromptSet> sets() {
        Random random = new Random(3);
        return Stream.of(0, 11, 30)
                .map(length -> new PromptSet(
                        List.of(Models.tokens(random, length), Models.tokens(random, 7)), queries(random), true))
                .toList();
    }

    private static List<EncodedQuery> queries(Random random) {
        return Stream.generate(() -> new EncodedQuery(0, Models.tokens(random, 1 + random.nextInt(20)), new Unjudged()))
                .limit(QUERIES)
                .toList();
    }

    private static ConversionMethod method(String family) {
        return family.equals("llama") || family.equals("gpt2") ? new KvCacheConversion() : new ExactConversion();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"llama", "gpt2", "mistral", "linear_llama", "gated_deltanet", "rwkv7", "mamba2", "gemma3_text"})
    void theRoomForCopiesOfStatesAndTheOrderOfQueriesChangeNoLogit(String family) {
        try (LanguageModel model = Models.load(Models.of(family, 32, 2), 1, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptSet> sets = sets();
            List<List<TokenSequence>> contexts =
                    sets.stream().map(PromptSet::segments).toList();
            List<ConvertedModels> converted = method(family).convert(model, batch, contexts, Padding.LADDER);
            long state = converted.stream()
                            .mapToLong(models -> models.state().scalarsInMemory())
                            .max()
                            .orElseThrow()
                    * Double.BYTES;
            double[] expected = hidden(model, batch, sets, converted, Padding.LADDER, Long.MAX_VALUE);
            // All copies at once, those of a context and a half, a shared state, and that for one query at a time.
            for (long room : new long[] {1L << 30, 8 * QUERIES * state + 1, 2 * state, 1}) {
                for (Padding padding : List.of(Padding.LADDER, Padding.LONGEST)) {
                    double[] found = hidden(model, batch, sets, converted, padding, room);
                    assertThat(found).hasSameSizeAs(expected);
                    for (int i = 0; i < found.length; i++) {
                        assertThat(found[i]).isCloseTo(expected[i], within(1e-11));
                    }
                }
            }
        }
    }

    private static double[] hidden(
            LanguageModel model,
            NDManager batch,
            List<PromptSet> sets,
            List<ConvertedModels> converted,
            Padding padding,
            long room) {
        return Doubles.of(new ConvertedRun(model, padding, room).hidden(batch, sets, converted, RunObserver.NONE));
    }
}
