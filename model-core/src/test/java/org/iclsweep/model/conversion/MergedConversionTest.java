package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.DrawnWeights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a context converted apart and added up, beside the prompted run over all of it. */
class MergedConversionTest {
    private static final double TOLERANCE = 1e-12;

    static Stream<Arguments> oneLayer() {
        return Stream.of("rope", "none", "rotary normaliser", "grouped heads")
                .flatMap(kind -> Stream.of(1, 2, 3, 7).map(parts -> Arguments.of(kind, parts)));
    }

    private static ObjectNode config(String kind, int layers) {
        ObjectNode config = Models.linearLlama(32, layers);
        return switch (kind) {
            case "none" -> config.put("position_embedding", "none");
            case "rotary normaliser" -> config.put("rotary_normalizer", true);
            case "grouped heads" -> config.put("num_key_value_heads", 2);
            default -> config;
        };
    }

    /** ‖Δ‖ / ‖prompted‖ of the logits of a query after a context in two nested segments, at the end of each. */
    private static List<Double> errors(LanguageModel model, ConversionMethod method, long seed) {
        Random random = new Random(seed);
        List<TokenSequence> segments = List.of(Models.tokens(random, 23), Models.tokens(random, 40));
        TokenSequence query = Models.tokens(random, 6);
        List<Double> errors = new ArrayList<>();
        try (NDManager batch = model.newBatch()) {
            List<ConvertedModels> converted = method.convert(model, batch, List.of(segments), Padding.LONGEST);
            for (int segment = 0; segment < segments.size(); segment++) {
                PromptTree prompt = PromptTree.of(TokenSequence.concat(segments.subList(0, segment + 1)), query);
                NDArray prompted =
                        model.logits(model.prompted(batch, List.of(prompt), Padding.LONGEST, RunObserver.NONE));
                NDArray bare = model.logits(model.continued(
                        batch,
                        List.of(new Continuation(query, 0)),
                        converted.get(segment).state(),
                        Padding.LONGEST,
                        RunObserver.NONE));
                errors.add(norm(bare.sub(prompted)) / norm(prompted));
            }
        }
        return errors;
    }

    private static double norm(NDArray x) {
        return Math.sqrt(x.mul(x).sum().getDouble());
    }

    @ParameterizedTest(name = "{0}, {1} parts")
    @MethodSource("oneLayer")
    void inOneLayerPartsConvertedApartAddUpToTheWhole(String kind, int parts) {
        try (LanguageModel model = Models.load(config(kind, 1), 3, DataType.FLOAT64)) {
            assertThat(errors(model, new MergedConversion(parts), 5)).allMatch(error -> error < TOLERANCE);
        }
    }

    @ParameterizedTest(name = "{0} parts")
    @ValueSource(ints = {2, 3})
    void onTopOfBiasesThatAModelHasAlreadyToo(int parts) {
        ObjectNode config = config("rope", 1);
        DrawnWeights weights = DrawnWeights.of(config, 1, true);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> context = List.of(List.of(Models.tokens(new Random(1), 20)));
            ContextState biases = model.contextStates(batch, context, model.initialState(batch), Padding.LONGEST)
                    .get(0);
            try (LanguageModel converted = weights.with(biases).load(config, DataType.FLOAT64)) {
                assertThat(errors(converted, new MergedConversion(parts), 6)).allMatch(error -> error < TOLERANCE);
            }
        }
    }

    @ParameterizedTest(name = "{0} layers")
    @ValueSource(ints = {2, 4})
    void inDeeperModelsTheyDoNot(int layers) {
        try (LanguageModel model = Models.load(config("rope", layers), 3, DataType.FLOAT64)) {
            assertThat(errors(model, new MergedConversion(2), 5)).allMatch(error -> error > 1e-3);
            assertThat(errors(model, new MergedConversion(1), 5)).allMatch(error -> error < TOLERANCE);
        }
    }

    @Test
    void theRowsThatConvolutionsReadAreTheLastOnesAlsoWherePartsAreShorterThanThey() {
        try (LanguageModel model = Models.load(Models.linearLlama(32, 1).put("conv_size", 4), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts =
                    List.of(List.of(Models.tokens(new Random(2), 5)), List.of(Models.tokens(new Random(3), 11)));
            ContextState whole = new ExactConversion()
                    .convert(model, batch, contexts, Padding.LONGEST)
                    .get(0)
                    .state();
            ContextState merged = new MergedConversion(5)
                    .convert(model, batch, contexts, Padding.LONGEST)
                    .get(0)
                    .state();
            whole.tensors().forEach((name, rows) -> {
                if (name.endsWith(".b_x")) {
                    NDArray difference = merged.tensors().get(name).sub(rows);
                    assertThat(difference.abs().max().getDouble()).as(name).isLessThan(TOLERANCE);
                }
            });
        }
    }

    @Test
    void aMixerWhoseTransitionDependsOnTheTokensIsRefusedByName() {
        try (LanguageModel model = Models.load(Models.gatedDeltaNet(32, 1), 3, DataType.FLOAT64)) {
            assertThatThrownBy(() -> errors(model, new MergedConversion(2), 5))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("model.layers.0.attn")
                    .hasMessageContaining("not known without the tokens");
        }
    }
}
