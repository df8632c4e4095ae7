package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.Fixture;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.EncodedQuery.Following;
import org.iclsweep.model.prompt.EncodedQuery.Unjudged;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The answers to queries without demonstrations, in blocks, from memory, and alone. */
class ZeroShotScoresTest {
    private static final int VOCABULARY = 20;
    /** A length between two rungs of the ladder; with its labels the longest text is on the same rung. */
    private static final int LENGTH = 22;

    static Stream<Fixture> fixtures() {
        return Stream.concat(Fixture.all(), Fixture.ofEachType());
    }

    private static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray());
    }

    private static PromptSet.ZeroShot alone(EncodedQuery... queries) {
        return new PromptSet.ZeroShot(TokenSequence.EMPTY, List.of(queries));
    }

    private static PromptSet.ZeroShot subject() {
        Random random = new Random(1);
        List<int[]> labels = List.of(new int[] {3}, new int[] {5, 6}, new int[] {5, 7});
        return alone(
                EncodedQuery.choosing(0, tokens(random, LENGTH), labels, 1),
                new EncodedQuery(1, tokens(random, LENGTH), new Following(new int[] {2, 8})));
    }

    /** A query that is one text on the subject's rung and has that many scored positions. */
    private static PromptSet.ZeroShot companion(long seed) {
        Random random = new Random(100 + seed);
        return alone(new EncodedQuery(seed, tokens(random, LENGTH - random.nextInt(2)), new Unjudged()));
    }

    private static List<Answered> answers(LanguageModel model, int before, int after) {
        ZeroShotScores scores = new ZeroShotScores(model);
        List<PromptSet.ZeroShot> all = new ArrayList<>();
        IntStream.range(0, before).forEach(i -> all.add(companion(i)));
        all.add(subject());
        IntStream.range(0, after).forEach(i -> all.add(companion(before + i)));
        scores.prepare(all);
        return scores.answers(subject());
    }

    private static void assertSameBits(LanguageModel model, int... places) {
        List<Answered> alone = new ZeroShotScores(model).answers(subject());
        for (int before : places) {
            assertThat(answers(model, before, 5)).as("behind %d others", before).isEqualTo(alone);
        }
    }

    @Test
    void theSubjectAndItsCompanionsAreOnOneRung() {
        assertThat(Padding.COARSE.of(LENGTH - 1)).isEqualTo(Padding.COARSE.of(LENGTH + 1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theBitsOfAnAnswerDependOnNoOtherQueryNorOnThePlaceInItsBlock(Fixture fixture) {
        try (LanguageModel model = fixture.load(DataType.FLOAT32)) {
            assertSameBits(model, 2, 7);
        }
    }

    /**
     * Widths at which the bits of a batch of one or two rows are others than those of more
     * (docs/explanation/numerics.md).
     */
    @ParameterizedTest(name = "{0}, hidden size {1}")
    @CsvSource({
        "linear_llama, 128",
        "gated_deltanet, 128",
        "rwkv7, 128",
        "mistral, 128",
        "linear_llama, 512",
        "llama, 1024"
    })
    void norDoTheyAtTheWidthWhereTheNumberOfRowsChangesThem(String family, int hiddenSize) {
        try (LanguageModel model = Models.load(Models.of(family, hiddenSize, 2), 2, DataType.FLOAT32)) {
            assertSameBits(model, 1, 2, 3, 5, 6, 7);
        }
    }

    @Test
    void theBitsOfAnAnswerAreTheSameWhenItIsForgottenAndComputedAgain() {
        try (LanguageModel model = Models.load(Models.linearLlama(64, 3), 1, DataType.FLOAT32)) {
            List<Answered> first = new ZeroShotScores(model).answers(subject());
            ZeroShotScores forgetful = new ZeroShotScores(model, 1);
            for (int round = 0; round < 3; round++) {
                assertThat(forgetful.answers(subject())).isEqualTo(first);
                forgetful.prepare(List.of(companion(round), subject(), companion(round + 1)));
            }
        }
    }

    @Test
    void whatIsKeptIsAskedOfNoModel() {
        LanguageModel model = Models.load(Models.linearLlama(32, 2), 1, DataType.FLOAT32);
        ZeroShotScores scores = new ZeroShotScores(model);
        scores.prepare(List.of(subject()));
        List<Answered> first = scores.answers(subject());
        model.close();
        assertThat(scores.answers(subject())).isEqualTo(first);
        // Of other labels behind the same tokens nothing is known.
        assertThatThrownBy(() -> scores.answers(otherLabels())).isInstanceOf(RuntimeException.class);
    }

    private static PromptSet.ZeroShot otherLabels() {
        EncodedQuery query = subject().queries().get(0);
        List<int[]> labels = List.of(new int[] {9}, new int[] {5}, new int[] {8});
        return alone(EncodedQuery.choosing(0, query.tokens(), labels, 0));
    }

    @Test
    void labelsThatAreAskedForLaterAreComputedAndThoseBeforeAreStillKnown() {
        LanguageModel model = Models.load(Models.linearLlama(32, 2), 1, DataType.FLOAT32);
        List<Answered> other = new ZeroShotScores(model).answers(otherLabels());
        ZeroShotScores scores = new ZeroShotScores(model);
        List<Answered> first = scores.answers(subject());
        assertThat(scores.answers(otherLabels())).isEqualTo(other);
        model.close();
        assertThat(scores.answers(subject())).isEqualTo(first);
        assertThat(scores.answers(otherLabels())).isEqualTo(other);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void anAnswerIsThatOfAnUninterruptedRunOverTheWholeText(Fixture fixture) {
        TokenSequence context = tokens(new Random(9), 5);
        List<EncodedQuery> queries = subject().queries();
        try (LanguageModel model = fixture.load(DataType.FLOAT64)) {
            List<Answered> expected =
                    PromptedAnswers.of(model, PromptedAnswers.trees(context, queries), queries, RunObserver.NONE);
            List<Answered> found = new ZeroShotScores(model).answers(new PromptSet.ZeroShot(context, queries));
            for (int query = 0; query < queries.size(); query++) {
                assertThat(found.get(query).predicted())
                        .isEqualTo(expected.get(query).predicted());
                assertThat(found.get(query).nll())
                        .isCloseTo(Objects.requireNonNull(expected.get(query).nll()), within(1e-10));
            }
        }
    }
}
