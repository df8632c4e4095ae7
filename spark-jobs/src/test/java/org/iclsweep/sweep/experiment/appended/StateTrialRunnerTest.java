package org.iclsweep.sweep.experiment.appended;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.ClusterSweep;
import org.iclsweep.sweep.experiment.Measures;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.conversion.ConversionResult;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Spread;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.experiment.influence.InfluenceResult;
import org.iclsweep.sweep.experiment.order.OrderResult;
import org.iclsweep.sweep.experiment.order.Orders;
import org.iclsweep.sweep.experiment.selection.SelectionResult;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Measurements on states, beside prompted runs and beside conversions of the same demonstrations. */
class StateTrialRunnerTest {
    private static final Offset<Double> TOLERANCE = within(1e-10);

    @TempDir
    private static Path directory;

    private static SweepPlan<GridSpecification, Trial> plan(String kind, String... settings) throws IOException {
        return ClusterSweep.plan(directory, kind, settings);
    }

    private static double loss(Score score) {
        return Objects.requireNonNull(score.loss());
    }

    @ParameterizedTest(name = "strict: {0}")
    @ValueSource(booleans = {false, true})
    void aSetWithoutADemonstrationIsWhatThePromptedModelMakesOfTheOthers(boolean strict) throws IOException {
        SweepPlan<GridSpecification, Trial> plan =
                plan("influence", "sweep.demonstrations.shots=[0, 1, 3]", "sweep.execution.strict=" + strict);
        List<TrialOutcome> outcomes = ClusterSweep.run(plan);
        List<TrialOutcome> conversions = ClusterSweep.run(plan("conversion", "sweep.demonstrations.shots=[0, 1, 3]"));
        assertThat(outcomes).hasSize(6);
        for (int i = 0; i < outcomes.size(); i++) {
            MeasuredTrial<InfluenceResult> trial = Measures.of(outcomes.get(i));
            InfluenceResult result = trial.measures();
            MeasuredTrial<ConversionResult> converted = Measures.of(conversions.get(i));
            Measurement conversion = converted.measures().measured();
            assertThat(trial.set()).isEqualTo(converted.set());
            assertThat(loss(result.all()))
                    .isCloseTo(loss(Score.of(Measures.comparison(conversion).prompted())), TOLERANCE);
            assertThat(loss(result.zeroShot())).isCloseTo(loss(Score.of(conversion.zeroShot())), TOLERANCE);
            assertThat(result.all().accuracy())
                    .isEqualTo(
                            Score.of(Measures.comparison(conversion).prompted()).accuracy());
            assertThat(result.demonstrations()).hasSize(trial.trial().shots());
            // Every set without one demonstration was run again in one piece, prompted, alone.
            assertThat(trial.auditError()).isLessThan(1e-10);
            assertThat(result.auditLossError()).isLessThan(1e-10);
            result.demonstrations().forEach(one -> {
                assertThat(one.label()).isIn("0", "1", "2");
                assertThat(one.meanKl()).isPositive();
                assertThat(one.demonstrationId())
                        .isEqualTo(trial.set().demonstrationIds().get((int) one.position()));
            });
            if (trial.trial().shots() == 1) {
                assertThat(loss(result.demonstrations().get(0).change()))
                        .as("without the only one nothing is left")
                        .isCloseTo(loss(result.all()) - loss(result.zeroShot()), TOLERANCE);
            }
        }
    }

    @Test
    void theOrdersOfASetAreScoredAsConversionsOfEachOrderAre() throws IOException {
        List<TrialOutcome> outcomes = ClusterSweep.run(plan("order-sensitivity"));
        List<TrialOutcome> conversions =
                ClusterSweep.run(plan("conversion", "sweep.demonstrations.order=all-permutations"));
        assertThat(outcomes).hasSize(2);
        for (int set = 0; set < 2; set++) {
            MeasuredTrial<OrderResult> trial = Measures.of(outcomes.get(set));
            OrderResult result = trial.measures();
            double[] losses = conversions.subList(6 * set, 6 * set + 6).stream()
                    .mapToDouble(conversion ->
                            loss(Score.of(Measures.comparison(Measures.<ConversionResult>of(conversion)
                                            .measures()
                                            .measured())
                                    .prompted())))
                    .toArray();
            assertThat(result.orders()).isEqualTo(6);
            assertThat(result.all()).isTrue();
            Spread spread = Objects.requireNonNull(result.loss());
            double mean =
                    IntStream.range(0, 6).mapToDouble(i -> losses[i]).average().orElseThrow();
            double variance = IntStream.range(0, 6)
                    .mapToDouble(i -> (losses[i] - mean) * (losses[i] - mean))
                    .average()
                    .orElseThrow();
            assertThat(spread.mean()).isCloseTo(mean, TOLERANCE);
            assertThat(spread.sd()).isCloseTo(Math.sqrt(variance), TOLERANCE);
            assertThat(loss(result.drawn())).isCloseTo(losses[0], TOLERANCE);
            double least =
                    IntStream.range(0, 6).mapToDouble(i -> losses[i]).min().orElseThrow();
            assertThat(spread.min()).isCloseTo(least, TOLERANCE);
            assertThat(loss(Objects.requireNonNull(result.best()).score())).isEqualTo(spread.min());
            assertThat(loss(Objects.requireNonNull(result.worst()).score())).isEqualTo(spread.max());
            assertThat(result.best().positions()).containsExactlyInAnyOrder(0L, 1L, 2L);
            assertThat(result.disagreement()).isBetween(0.0, 1.0);
            assertThat(trial.auditError()).isLessThan(1e-10);
        }
    }

    @Test
    void aSetWithMoreOrdersThanAllowedIsTriedInSomeOfThem() throws IOException {
        OrderResult result = Measures.<OrderResult>of(
                        ClusterSweep.run(plan("order-sensitivity", "sweep.search.orders=4"))
                                .get(0))
                .measures();
        assertThat(result.orders()).isEqualTo(4);
        assertThat(result.all()).isFalse();
        assertThat(Orders.of(3, 4, 7).positions())
                .hasSize(4)
                .doesNotHaveDuplicates()
                .startsWith(List.of(0, 1, 2));
    }

    private static final String ONE_AND_THREE = "sweep.demonstrations.shots=[1, 3]";
    private static final String SIX = "sweep.search={ candidates = 6, validation-queries = 7 }";

    @Test
    void theFirstDemonstrationIsTheOneWithTheLeastLossPromptedAndAlone() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan("selection", ONE_AND_THREE, SIX);
        List<TrialOutcome> outcomes = ClusterSweep.run(plan);
        ModelCache models = new ModelCache(device -> Long.MAX_VALUE);
        assertThat(outcomes).hasSize(4);
        for (int i = 0; i < 4; i += 2) {
            MeasuredTrial<SelectionResult> first = Measures.of(outcomes.get(i));
            MeasuredTrial<SelectionResult> third = Measures.of(outcomes.get(i + 1));
            SelectionResult one = first.measures();
            SelectionResult three = third.measures();
            try (ModelCache.Use use = models.use(
                    first.trial().model().sha256(), first.trial().model()::source, DataType.FLOAT64, Device.cpu())) {
                EncodedTrial pool = new TrialEncoder(plan.sweep().specification())
                        .encoded(List.of(third.trial()), use.get())
                        .get(0);
                List<EncodedQuery> validation = pool.queries().subList(0, 7);
                List<EncodedQuery> test = pool.queries().subList(7, 12);
                Audit audit = new Audit(use.get().model(), new ExactConversion());
                double[] alone = pool.demonstrations().stream()
                        .mapToDouble(candidate -> meanNll(audit.audit(candidate, validation)))
                        .toArray();
                int best = 0;
                for (int c = 1; c < alone.length; c++) {
                    best = alone[c] < alone[best] ? c : best;
                }
                assertThat(pool.demonstrations()).hasSize(6);
                assertThat(one.selected())
                        .containsExactly(pool.set().demonstrationIds().get(best));
                assertThat(loss(one.chosen().validation())).isCloseTo(alone[best], TOLERANCE);
                assertThat(three.steps().get(0)).isEqualTo(one.steps().get(0));
                // The chosen three in the chosen order, prompted, on the queries that chose nothing.
                TokenSequence context = TokenSequence.concat(three.selected().stream()
                        .map(id -> pool.demonstrations()
                                .get(pool.set().demonstrationIds().indexOf(id)))
                        .toList());
                assertThat(loss(three.chosen().test())).isCloseTo(meanNll(audit.audit(context, test)), TOLERANCE);
                TokenSequence drawn = TokenSequence.concat(pool.demonstrations().subList(0, 3));
                assertThat(loss(three.drawn())).isCloseTo(meanNll(audit.audit(drawn, test)), TOLERANCE);
            }
        }
    }

    private static double meanNll(Audit.Result result) {
        return result.prompted().stream()
                .map(Answered::nll)
                .mapToDouble(Objects::requireNonNull)
                .average()
                .orElseThrow();
    }

    @Test
    void theSearchAndTheRandomSetsScoreTheSameNumberOfContexts() throws IOException {
        List<TrialOutcome> outcomes = ClusterSweep.run(plan("selection", ONE_AND_THREE, SIX));
        SelectionResult one = Measures.<SelectionResult>of(outcomes.get(0)).measures();
        MeasuredTrial<SelectionResult> third = Measures.of(outcomes.get(1));
        SelectionResult three = third.measures();
        assertThat(one.searchStates()).isEqualTo(6);
        // 6 + 5 + 4 candidates appended, and the 6 orders of the three that were chosen.
        assertThat(three.searchStates()).isEqualTo(15 + 6);
        assertThat(three.random().sets()).isEqualTo(21);
        assertThat(three.orders()).isEqualTo(6);
        assertThat(three.selected()).hasSize(3).doesNotHaveDuplicates();
        assertThat(third.set().demonstrationIds()).hasSize(6).containsAll(three.selected());
        assertThat(loss(three.chosen().validation()))
                .isLessThanOrEqualTo(loss(three.greedy().validation()));
        assertThat(loss(three.steps().get(2).validation()))
                .isCloseTo(loss(three.greedy().validation()), TOLERANCE);
        assertThat(third.queries()).isEqualTo(5);
        assertThat(three.validationQueries()).isEqualTo(7);
        assertThat(third.auditError()).isLessThan(1e-10);
        // Every demonstration of clusters is two positions: a vector and its label.
        assertThat(three.searchTokens()).isEqualTo(2 * (6 + 1 + 5 + 1 + 4 + 1) + 2 * (3 + 6 + 6));
    }

    @Test
    void chosenByAccuracyTheFirstIsTheMostAccurate() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan(
                "selection",
                "sweep.demonstrations.shots=[1]",
                "sweep.search={ candidates = 6, validation-queries = 30, criterion = accuracy, orders = 1 }");
        SelectionResult byAccuracy =
                Measures.<SelectionResult>of(ClusterSweep.run(plan).get(0)).measures();
        SelectionResult byLoss = Measures.<SelectionResult>of(ClusterSweep.run(plan(
                                "selection",
                                "sweep.demonstrations.shots=[1]",
                                "sweep.search={ candidates = 6, validation-queries = 30, orders = 1 }"))
                        .get(0))
                .measures();
        assertThat(byAccuracy.chosen().validation().accuracy())
                .isGreaterThanOrEqualTo(byLoss.chosen().validation().accuracy());
        assertThat(loss(byLoss.chosen().validation()))
                .isLessThanOrEqualTo(loss(byAccuracy.chosen().validation()));
    }

    @Test
    void aModelToWhoseStatesNothingCanBeAppendedIsRefusedWhenTheConfigurationIsRead() {
        assertThatThrownBy(() -> plan(
                        "influence",
                        "sweep.models=[{ random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2,"
                                + " vocab = 3, input_size = 4, icl_labels = [0, 1, 2], rotary_before_feature_map = true"
                                + " } }]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("RELATIVE_POSITIONS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"influence", "order-sensitivity", "selection", "state-tuning"})
    void aModelWhoseNumbersOverflowGivesFailedRowsThatSaySo(String kind) throws IOException {
        // Vectors this large are infinite in float32.
        SweepPlan<GridSpecification, Trial> plan = plan(
                kind,
                "sweep.models=[{ random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 3,"
                        + " input_size = 4, icl_labels = [0, 1, 2], seed = 2 } }]",
                "sweep.tasks=[{ name = gaussian-clusters, classes = 3, dimension = 4, sigma = 1e300 }]",
                "sweep.evaluation.audit.fraction=0");
        assertThat(ClusterSweep.run(plan)).hasSize(2).allSatisfy(outcome -> {
            FailedTrial failed = (FailedTrial) outcome;
            assertThat(failed.code()).isEqualTo(ErrorCode.NON_FINITE);
            assertThat(failed.message()).contains("not finite").contains("after layer 0 ");
            assertThat(failed.set()).isNotNull();
        });
    }
}
