package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.AttentionMatching.Budgets;
import org.iclsweep.model.conversion.AttentionMatching.Keys;
import org.iclsweep.model.conversion.Calibration.Source;
import org.iclsweep.model.conversion.ContextDistillation.Loss;
import org.iclsweep.model.conversion.ContextDistillation.Start;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.generation.Generation;
import org.iclsweep.model.generation.TokenChoice;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts by which a model goes on from its contexts, and methods that are fitted to them. */
class SelfStudyTest {
    private static final int TEXTS = 4;
    private static final int LENGTH = 6;
    private static final long SEED = 5;
    private static final SelfStudy STUDY = new SelfStudy(TEXTS, LENGTH, SEED);

    private static ObjectNode config(String kind) {
        return switch (kind) {
            case "gpt2" -> Models.gpt2(128);
            case "hybrid" -> Models.hybrid();
            default -> Models.of("llama", 16, 2);
        };
    }

    private static List<TokenSequence> contexts(int... lengths) {
        Random random = new Random(7);
        return IntStream.of(lengths)
                .mapToObj(length -> Models.tokens(random, length))
                .toList();
    }

    private static List<List<TokenSequence>> texts(LanguageModel model, SelfStudy study, List<TokenSequence> contexts) {
        try (NDManager batch = model.newBatch()) {
            return study.of(model, batch, contexts, Padding.LONGEST);
        }
    }

    /** For every token context and text are read again from the first one on, in one uninterrupted run. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "gpt2", "hybrid"})
    void eachTextIsWhatTheModelDrawsBehindItsContext(String kind) {
        List<TokenSequence> contexts = contexts(1, 12, 30);
        try (LanguageModel model = Models.load(config(kind), 3, DataType.FLOAT64)) {
            List<List<TokenSequence>> texts = texts(model, STUDY, contexts);
            Generation generation = new Generation(model, LENGTH, Set.of());
            for (int row = 0; row < contexts.size(); row++) {
                assertThat(texts.get(row)).hasSize(TEXTS);
                TokenSequence context = contexts.get(row);
                for (int text = 0; text < TEXTS; text++) {
                    TokenChoice choice = TokenChoice.sampled(1, RandomStream.seed(SEED, text))
                            .get();
                    int[] wanted = generation.rereading(
                            context.slice(0, context.length() - 1),
                            context.slice(context.length() - 1, context.length()),
                            choice);
                    assertThat(texts.get(row).get(text)).isEqualTo(TokenSequence.of(wanted));
                }
            }
        }
    }

    @Test
    void textsOfAContextDifferFromEachOtherAndWithTheSeed() {
        List<TokenSequence> contexts = contexts(12);
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT64)) {
            Set<TokenSequence> all = new HashSet<>(texts(model, STUDY, contexts).get(0));
            all.addAll(texts(model, new SelfStudy(TEXTS, LENGTH, SEED + 1), contexts)
                    .get(0));
            assertThat(all).hasSize(2 * TEXTS);
        }
    }

    @Test
    void aContextHasTheSameTextsAloneAsBesideOthers() {
        List<TokenSequence> contexts = contexts(25, 3, 14);
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT64)) {
            List<List<TokenSequence>> together = texts(model, STUDY, contexts);
            for (int row = 0; row < contexts.size(); row++) {
                assertThat(texts(model, STUDY, List.of(contexts.get(row))).get(0))
                        .isEqualTo(together.get(row));
            }
        }
    }

    @Test
    void aTextEndsWhereAModelHasNoMorePositions() {
        try (LanguageModel model = Models.load(Models.gpt2(16), 3, DataType.FLOAT64)) {
            List<List<TokenSequence>> texts = texts(model, STUDY, contexts(8, 13, 16, 0));
            assertThat(texts.stream()
                            .map(ofContext -> ofContext.stream()
                                    .map(TokenSequence::length)
                                    .toList())
                            .toList())
                    .containsExactly(List.of(6, 6, 6, 6), List.of(3, 3, 3, 3), List.of(), List.of());
        }
    }

    private static List<ConversionMethod> methods(Source source) {
        Calibration calibration = new Calibration(source, TEXTS, 0.25, LENGTH, SEED);
        return List.of(
                new AttentionMatching(5, Keys.ATTENTION, calibration, 0.01, Budgets.ATTENTION, 1),
                new ContextDistillation(5, 3, 0.01, 4, Start.ATTENTION_MATCHING, calibration, Loss.KL));
    }

    static IntStream numbers() {
        return IntStream.range(0, methods(Source.TASK).size());
    }

    /** After each segment a model goes on from all that it has read. */
    @ParameterizedTest(name = "method {0}")
    @MethodSource("numbers")
    void aFitToThemIsTheFitToTheSameTextsAsExamples(int method) {
        List<TokenSequence> halves = contexts(14, 9, 20, 11);
        List<List<TokenSequence>> segments = List.of(halves.subList(0, 2), halves.subList(2, 4));
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<List<TokenSequence>>> examples = new ArrayList<>();
            for (List<TokenSequence> context : segments) {
                List<List<TokenSequence>> ofContext = new ArrayList<>();
                for (int segment = 0; segment < 2; segment++) {
                    TokenSequence read = TokenSequence.concat(context.subList(0, segment + 1));
                    ofContext.add(texts(model, STUDY, List.of(read)).get(0));
                }
                examples.add(ofContext);
            }
            List<ConvertedModels> own = methods(Source.SELF_STUDY)
                    .get(method)
                    .convert(model, batch, ContextBatch.of(segments), Padding.LONGEST);
            List<ConvertedModels> given = methods(Source.TASK)
                    .get(method)
                    .convert(model, batch, new ContextBatch(segments, examples), Padding.LONGEST);
            for (int segment = 0; segment < 2; segment++) {
                assertEqual(own.get(segment).state(), given.get(segment).state());
            }
        }
    }

    private static void assertEqual(ContextState one, ContextState other) {
        assertThat(one.tensors().keySet()).isEqualTo(other.tensors().keySet());
        one.tensors()
                .forEach((name, tensor) -> assertThat(Doubles.of(tensor))
                        .as(name)
                        .containsExactly(Doubles.of(other.tensors().get(name))));
    }

    @ParameterizedTest(name = "method {0}")
    @MethodSource("numbers")
    void aContextWithoutRoomForATextIsConvertedAllTheSame(int method) {
        List<TokenSequence> contexts = contexts(8, 15, 16);
        try (LanguageModel model = Models.load(Models.gpt2(16), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = methods(Source.SELF_STUDY)
                    .get(method)
                    .convert(
                            model,
                            batch,
                            ContextBatch.of(contexts.stream().map(List::of).toList()),
                            Padding.LONGEST)
                    .get(0)
                    .state();
            state.tensors()
                    .forEach((name, tensor) ->
                            assertThat(Doubles.of(tensor)).as(name).doesNotContain(Double.NaN));
        }
    }
}
