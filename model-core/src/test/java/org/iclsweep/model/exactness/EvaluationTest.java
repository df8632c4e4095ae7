package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.conversion.ZeroShot;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.EncodedQuery.Following;
import org.iclsweep.model.prompt.EncodedQuery.Unjudged;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A batch of sets, packed and padded, says of each query what an audit says of it alone. */
class EvaluationTest {
    private static final double TOLERANCE = 1e-10;
    /** Room for the states of no set, so that each is run by itself; and for those of all. */
    private static final long SET_BY_SET = 0;

    private static final long ALL_AT_ONCE = Long.MAX_VALUE;

    /** Every kind of family; the last position alone and every position in turn. */
    static Stream<Arguments> familiesAndPositions() {
        List<String> families = Models.familiesOfEachKind().toList();
        // The convolutions of lfm2 forget the context within a query.
        return IntStream.range(0, families.size())
                .mapToObj(i -> Arguments.of(
                        families.get(i), i % 2 == 0 || families.get(i).equals("lfm2")));
    }

    /** Queries of unequal length, with labels of one and of several tokens, some of them beginning alike. */
    private static List<EncodedQuery> queries(Random random) {
        List<int[]> labels = List.of(new int[] {3}, new int[] {5, 6}, new int[] {5, 6, 7});
        List<EncodedQuery> queries = new ArrayList<>();
        for (int gold = 0; gold < labels.size(); gold++) {
            TokenSequence tokens = Models.tokens(random, 1 + random.nextInt(7));
            queries.add(EncodedQuery.choosing(gold, tokens, labels, gold));
        }
        queries.add(new EncodedQuery(10, Models.tokens(random, 4), new Following(new int[] {2, 8, 8})));
        queries.add(new EncodedQuery(11, Models.tokens(random, 2), new Unjudged()));
        return queries;
    }

    private static List<PromptSet> sets(boolean everyPosition) {
        Random random = new Random(5);
        List<PromptSet> sets = new ArrayList<>();
        for (int set = 0; set < 2; set++) {
            // No shots, then some, then none more in the last set.
            List<TokenSequence> segments = List.of(
                    Models.tokens(random, 0),
                    Models.tokens(random, 20 + random.nextInt(60)),
                    Models.tokens(random, set == 1 ? 0 : random.nextInt(20)));
            sets.add(new PromptSet(segments, queries(random), everyPosition));
        }
        return sets;
    }

    @ParameterizedTest(name = "{0}, every position: {1}")
    @MethodSource("familiesAndPositions")
    void everyQueryOfABatchIsAnsweredAsTheAuditAnswersItAlone(String family, boolean everyPosition) {
        List<PromptSet> sets = sets(everyPosition);
        try (LanguageModel model = Models.load(Models.of(family, 32, 2), 1, DataType.FLOAT64)) {
            Audit audit = new Audit(model, new ExactConversion());
            long stateBytes = everyPosition ? SET_BY_SET : ALL_AT_ONCE;
            List<List<Measurement>> measured = new Evaluation(
                            model, new ExactConversion(), Padding.LADDER, true, new ZeroShotScores(model), stateBytes)
                    .evaluate(sets)
                    .measurements();
            assertThat(measured).hasSameSizeAs(sets);
            for (int set = 0; set < sets.size(); set++) {
                List<EncodedQuery> queries = sets.get(set).queries().get(0);
                // By the length of the context: one that a segment adds nothing to is not audited again.
                Map<Integer, Audit.Result> audited = new HashMap<>();
                for (int segment = 0; segment < 3; segment++) {
                    TokenSequence context =
                            TokenSequence.concat(sets.get(set).segments().subList(0, segment + 1));
                    Measurement measurement = measured.get(set).get(segment);
                    Audit.Result alone =
                            audited.computeIfAbsent(context.length(), length -> audit.audit(context, queries));
                    assertSame(comparison(measurement).prompted(), alone.prompted());
                    assertSame(measurement.converted(), alone.converted());
                    assertSame(
                            measurement.zeroShot(),
                            Objects.requireNonNull(audited.get(0)).prompted());
                    assertThat(alone.maxAbsolute()).isLessThan(TOLERANCE);
                    assertExact(measurement);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}, every position: {1}")
    @MethodSource("familiesAndPositions")
    void aDroppedContextIsMeasuredAsTheErrorThatItIs(String family, boolean everyPosition) {
        List<PromptSet> sets = sets(everyPosition).subList(0, 1);
        ConversionMethod none = new ZeroShot();
        try (LanguageModel model = Models.load(Models.of(family, 32, 2), 1, DataType.FLOAT64)) {
            List<List<Measurement>> measured = new Evaluation(model, none, Padding.LADDER, false)
                    .evaluate(sets)
                    .measurements();
            for (int set = 0; set < sets.size(); set++) {
                // No context, no error; with one, every query's logits move, and the audit sees by how much.
                assertExact(measured.get(set).get(0));
                Measurement last = measured.get(set).get(2);
                assertThat(comparison(last).errors())
                        .allMatch(errors -> errors.relative() > 0.01 && errors.meanKl() > 1e-6);
                assertSame(last.converted(), last.zeroShot());
                assertThat(last.size().parameters()).isZero();
                TokenSequence context = TokenSequence.concat(sets.get(set).segments());
                double largest = comparison(last).errors().stream()
                        .mapToDouble(QueryErrors::maxAbsolute)
                        .max()
                        .orElseThrow();
                double audited = new Audit(model, none)
                        .audit(context, sets.get(set).queries().get(0))
                        .maxAbsolute();
                if (everyPosition) {
                    assertThat(largest).isCloseTo(audited, within(TOLERANCE));
                } else {
                    assertThat(largest).isLessThanOrEqualTo(audited + TOLERANCE);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LADDER", "LONGEST"})
    void routersChooseTheSameExpertsInBothRunsUnlessTheContextIsDropped(Padding padding) {
        List<PromptSet> sets = sets(false);
        try (LanguageModel model = Models.load(Models.of("gpt_oss", 32, 2), 1, DataType.FLOAT64)) {
            for (List<Measurement> ofSet : new Evaluation(model, new ExactConversion(), padding, false)
                    .evaluate(sets)
                    .measurements()) {
                assertThat(ofSet)
                        .allMatch(
                                measured -> Objects.equals(comparison(measured).routerAgreement(), 1.0));
            }
            for (List<Measurement> ofSet : new Evaluation(model, new ZeroShot(), padding, true)
                    .evaluate(sets)
                    .measurements()) {
                assertThat(comparison(ofSet.get(0)).routerAgreement()).isEqualTo(1.0);
                assertThat(comparison(ofSet.get(2)).routerAgreement()).isBetween(0.01, 0.99);
            }
        }
        try (LanguageModel model = Models.load(Models.of("gated_deltanet", 32, 2), 1, DataType.FLOAT64)) {
            Measurement measured = new Evaluation(model, new ExactConversion(), padding, false)
                    .evaluate(sets)
                    .measurements()
                    .get(0)
                    .get(2);
            assertThat(comparison(measured).routerAgreement()).isNull();
        }
    }

    private static Measurement.Comparison comparison(Measurement measurement) {
        return Objects.requireNonNull(measurement.comparison());
    }

    private static void assertExact(Measurement measurement) {
        assertThat(measurement.finite()).isTrue();
        for (QueryErrors errors : comparison(measurement).errors()) {
            assertThat(errors.maxAbsolute()).isLessThan(TOLERANCE);
            assertThat(errors.relative()).isLessThan(TOLERANCE);
            assertThat(errors.maxKl()).isLessThan(TOLERANCE);
            assertThat(errors.topAgreement()).isEqualTo(1);
        }
        measurement
                .layers()
                .forEach(layer -> assertThat(layer.outputMaxAbsoluteError()).isLessThan(TOLERANCE));
    }

    private static void assertSame(List<Answered> found, List<Answered> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int query = 0; query < found.size(); query++) {
            Answered a = found.get(query);
            Answered b = expected.get(query);
            assertThat(a.predicted()).isEqualTo(b.predicted());
            assertThat(a.right()).isEqualTo(b.right());
            assertClose(a.nll(), b.nll());
            assertClose(a.margin(), b.margin());
            assertClose(a.squaredError(), b.squaredError());
        }
    }

    private static void assertClose(Double found, Double expected) {
        assertThat(found == null).isEqualTo(expected == null);
        if (found != null) {
            assertThat(found).isCloseTo(expected, within(TOLERANCE));
        }
    }
}
