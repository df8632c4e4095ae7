package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Random;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A change of rank one of feed-forward weights in the place of a context. */
class RankOneMlpTest {
    private static LanguageModel model(String family) {
        JsonNode config = Models.of(family, 32, 3);
        return LanguageModel.load(config, new RandomWeights(config, 5), DataType.FLOAT64, Device.cpu());
    }

    /** ‖Δ‖ / ‖prompted‖ of the last logits of {@code query} on {@code state}, beside the prompted run. */
    private static double error(
            LanguageModel model, NDManager batch, TokenSequence context, TokenSequence query, ContextState state) {
        NDArray prompted = model.logits(model.prompted(
                        batch, List.of(PromptTree.of(context, query)), Padding.LONGEST, RunObserver.NONE))
                .get(query.length() - 1);
        NDArray bare = model.logits(model.continued(
                batch, List.of(new Continuation(query, query.length() - 1)), state, Padding.LONGEST, RunObserver.NONE));
        NDArray change = bare.flatten().sub(prompted);
        return Math.sqrt(change.mul(change).sum().getDouble()
                / prompted.mul(prompted).sum().getDouble());
    }

    private static ContextState full(LanguageModel model, NDManager batch, TokenSequence context) {
        return model.contextStates(batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                .get(0);
    }

    /** Equation 4 of the paper, through all layers: exact, but it needs the activations of the very token, prompted. */
    @ParameterizedTest(name = "{0}, 3 layers, 23 tokens, seed 1")
    @ValueSource(strings = {"llama", "mistral", "linear_llama", "gated_deltanet"})
    void aPatchThatIsMadeForAQueryTokenGivesItsPromptedLogitsAndNotThoseOfAnother(String family) {
        Random random = new Random(1);
        try (LanguageModel model = model(family);
                NDManager batch = model.newBatch()) {
            TokenSequence context = Models.tokens(random, 23);
            TokenSequence query = Models.tokens(random, 1);
            TokenSequence other = TokenSequence.of((query.ids()[0] + 1) % Models.VOCABULARY);
            ContextState made = RankOneMlp.patched(model, batch, full(model, batch, context), query, 0);
            assertThat(error(model, batch, context, query, made)).isLessThan(1e-12);
            assertThat(error(model, batch, context, other, made)).isGreaterThan(1e-3);
        }
    }

    @ParameterizedTest(name = "{0}, 3 layers, seed 2")
    @ValueSource(strings = {"llama", "mistral", "linear_llama", "gated_deltanet"})
    void aConversionIsThreeVectorsALayerHoweverLongTheContext(String family) {
        Random random = new Random(2);
        try (LanguageModel model = model(family);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts = List.of(
                    List.of(Models.tokens(random, 9), Models.tokens(random, 30)),
                    List.of(TokenSequence.EMPTY, Models.tokens(random, 12)));
            List<ConvertedModels> converted = new RankOneMlp().convert(model, batch, contexts, Padding.LONGEST);
            assertThat(converted).hasSize(2);
            assertThat(converted.get(0).sizes().get(0).parameters()).isEqualTo(3 * 32 * 3);
            assertThat(converted.get(1).sizes().get(0).parameters()).isEqualTo(3 * 32 * 3);
            assertThat(converted.get(0).sizes().get(1).parameters()).isZero();
            assertThat(converted.get(0).sizes().get(0).bytes()).isEqualTo(3 * 32 * 3 * 8);
        }
    }

    /** A batch changes nothing: each context's patch is its own. */
    @Test
    void contextsConvertedTogetherAreThoseConvertedAlone() {
        Random random = new Random(3);
        try (LanguageModel model = model("llama");
                NDManager batch = model.newBatch()) {
            TokenSequence first = Models.tokens(random, 17);
            TokenSequence second = Models.tokens(random, 40);
            TokenSequence query = Models.tokens(random, 5);
            RankOneMlp method = new RankOneMlp();
            ContextState both = method.convert(model, batch, List.of(List.of(first), List.of(second)), Padding.LONGEST)
                    .get(0)
                    .state();
            for (int row = 0; row < 2; row++) {
                TokenSequence context = row == 0 ? first : second;
                ContextState alone = method.convert(model, batch, List.of(List.of(context)), Padding.LONGEST)
                        .get(0)
                        .state();
                ContextState together = both.select(batch.create(new long[] {row}));
                assertThat(error(model, batch, context, query, together))
                        .isCloseTo(
                                error(model, batch, context, query, alone),
                                org.assertj.core.api.Assertions.within(1e-10));
            }
        }
    }

    /** The least-squares patch explains the outputs that it is fitted to better than no patch does. */
    @Test
    void theLeastSquaresPatchBringsItsReferencesNearerThanNoContextDoes() {
        Random random = new Random(4);
        try (LanguageModel model = model("llama");
                NDManager batch = model.newBatch()) {
            TokenSequence context = Models.tokens(random, 60);
            ContextState prompted = full(model, batch, context);
            ContextState patched = RankOneMlp.patched(model, batch, prompted, context, RankOneMlp.RIDGE);
            ContextState bare = model.initialState(batch);
            assertThat(squaredError(model, batch, context, prompted, patched))
                    .isLessThan(squaredError(model, batch, context, prompted, bare));
        }
    }

    /** Of the stream after the last layer. */
    private static double squaredError(
            LanguageModel model, NDManager batch, TokenSequence tokens, ContextState prompted, ContextState state) {
        NDArray with = model.continued(
                batch, List.of(new Continuation(tokens, 0)), prompted, Padding.LONGEST, RunObserver.NONE);
        NDArray without =
                model.continued(batch, List.of(new Continuation(tokens, 0)), state, Padding.LONGEST, RunObserver.NONE);
        NDArray change = without.sub(with);
        return change.mul(change).sum().getDouble();
    }
}
