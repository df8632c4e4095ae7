package org.iclsweep.sweep.experiment.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.conversion.TuningStart;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.ClusterSweep;
import org.iclsweep.sweep.experiment.Measures;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.conversion.ConversionResult;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.experiment.tuning.StateTuningResult.Course;
import org.iclsweep.sweep.experiment.tuning.StateTuningResult.Measurement;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialFailure;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tuned states beside the prompted run, and the examples that they are tuned to. */
class StateTuningTrialRunnerTest {
    private static final Offset<Double> ROUNDING = within(1e-12);
    private static final String TUNING =
            "sweep.tuning={ steps = [0, 3], learning-rates = [0.01, 0.1], batch = 4, examples = [2, 6], seeds = [1, 2] }";

    @TempDir
    private static Path directory;

    private static SweepPlan<GridSpecification, Trial> plan(String kind, String... settings) throws IOException {
        Stream<String> all = Stream.concat(Stream.of("sweep.demonstrations.shots=[0, 1, 3]"), Stream.of(settings));
        return ClusterSweep.plan(directory, kind, all.toArray(String[]::new));
    }

    private static double loss(Score score) {
        return Objects.requireNonNull(score.loss());
    }

    private static double loss(StateTuningResult result, TuningStart start, int step) {
        return loss(at(result, new Course(start, 6, 0.1, 2), step));
    }

    private static Score at(StateTuningResult result, Course course, int step) {
        return Objects.requireNonNull(result.measurements().stream()
                .filter(one -> one.course().equals(course) && one.step() == step)
                .findFirst()
                .orElseThrow()
                .score());
    }

    @ParameterizedTest(name = "strict: {0}")
    @ValueSource(booleans = {false, true})
    void beforeAnyStepTheConvertedStartIsThePromptedRunAndZeroTheBareModel(boolean strict) throws IOException {
        List<TrialOutcome> outcomes =
                ClusterSweep.run(plan("state-tuning", TUNING, "sweep.execution.strict=" + strict));
        List<TrialOutcome> conversions = ClusterSweep.run(plan("conversion"));
        assertThat(outcomes).hasSize(6);
        for (int i = 0; i < outcomes.size(); i++) {
            MeasuredTrial<StateTuningResult> trial = Measures.of(outcomes.get(i));
            StateTuningResult result = trial.measures();
            MeasuredTrial<ConversionResult> converted = Measures.of(conversions.get(i));
            var conversion = converted.measures().measured();
            Score prompted = Score.of(Measures.comparison(conversion).prompted());
            assertThat(trial.set()).isEqualTo(converted.set());
            assertThat(result.convertedError()).isLessThanOrEqualTo(1e-12);
            assertThat(trial.auditError()).isLessThanOrEqualTo(1e-12);
            assertThat(loss(result.prompted())).isCloseTo(loss(prompted), ROUNDING);
            assertThat(loss(result.zeroShot())).isCloseTo(loss(Score.of(conversion.zeroShot())), ROUNDING);
            assertThat(loss(result, TuningStart.CONVERTED, 0)).isCloseTo(loss(prompted), ROUNDING);
            assertThat(loss(result, TuningStart.ZERO, 0)).isCloseTo(loss(result.zeroShot()), ROUNDING);
            assertThat(result.measurements()).hasSize(2 * 2 * 2 * 2 * TuningStart.values().length);
            if (trial.trial().shots() == 0) {
                assertThat(loss(result, TuningStart.CONVERTED, 3))
                        .as("without demonstrations the two starts are the same")
                        .isCloseTo(loss(result, TuningStart.ZERO, 3), ROUNDING);
            } else {
                assertThat(loss(result, TuningStart.RANDOM, 0)).isNotEqualTo(loss(result, TuningStart.CONVERTED, 0));
            }
        }
    }

    @Test
    void statesThatAreTunedTogetherAreThoseThatAreTunedAlone() throws IOException {
        String one =
                "sweep.tuning={ starts = [random], steps = [0, 3], learning-rates = [0.1], batch = 4, examples = [6]"
                        + ", seeds = [1, 2] }";
        List<TrialOutcome> together =
                ClusterSweep.run(plan("state-tuning", TUNING, "sweep.evaluation.audit.fraction=0"));
        List<TrialOutcome> alone = ClusterSweep.run(
                plan("state-tuning", one, "sweep.evaluation.audit.fraction=0", "sweep.execution.batch-tokens=1"));
        for (int i = 0; i < together.size(); i++) {
            StateTuningResult all =
                    Measures.<StateTuningResult>of(together.get(i)).measures();
            StateTuningResult own = Measures.<StateTuningResult>of(alone.get(i)).measures();
            assertThat(own.measurements()).hasSize(4);
            for (Measurement measured : own.measurements()) {
                assertThat(loss(Objects.requireNonNull(measured.score())))
                        .isCloseTo(loss(at(all, measured.course(), measured.step())), ROUNDING);
            }
        }
    }

    @Test
    void examplesAreInNoDemonstrationSetOfTheTrialAndNeverEvaluatedAndEachSeedHasItsOwn() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan(
                "state-tuning",
                TUNING,
                "sweep.models=[{ path = \"" + Path.of("../models/text-icl").toAbsolutePath()
                        + "\", dtypes = [float64] }]",
                "sweep.tasks=[{ name = everyday, train = \""
                        + Path.of("../conf/data/quickstart_train.jsonl").toAbsolutePath() + "\", test = \""
                        + Path.of("../conf/data/quickstart_test.jsonl").toAbsolutePath()
                        + "\", template = model, labels = model }]");
        ModelCache models = new ModelCache(device -> Long.MAX_VALUE);
        Trial trial = plan.trial(2);
        try (ModelCache.Use use =
                models.use(trial.model().sha256(), trial.model()::source, DataType.FLOAT64, Device.cpu())) {
            EncodedTrial encoded = new TrialEncoder(plan.sweep().specification())
                    .encoded(List.of(trial), use.get())
                    .get(0);
            List<TokenSequence> examples = encoded.exampleTokens();
            assertThat(examples).hasSize(12).doesNotHaveDuplicates();
            assertThat(examples)
                    .doesNotContainAnyElementsOf(
                            encoded.queries().stream().map(EncodedQuery::tokens).toList());
            // A demonstration is a query with its label behind it.
            assertThat(encoded.demonstrations())
                    .hasSize(3)
                    .allSatisfy(shown ->
                            assertThat(examples).noneMatch(example -> shown.commonPrefix(example) == example.length()));
        }
    }

    @Test
    void aTuningThatDivergesHasNoNumbersAndTheTrialHasARow() throws IOException {
        StateTuningResult result = Measures.<StateTuningResult>of(ClusterSweep.run(
                                plan(
                                        "state-tuning",
                                        "sweep.demonstrations.shots=[3]",
                                        "sweep.tuning={ steps = [0, 2], learning-rates = [0.01, 1e308], examples = [2], seeds = [1] }"))
                        .get(0))
                .measures();
        for (Measurement measured : result.measurements()) {
            boolean sound = measured.step() == 0 || measured.course().learningRate() == 0.01;
            assertThat(measured.score() != null).as("%s", measured).isEqualTo(sound);
            assertThat(measured.trainingLoss() != null).as("%s", measured).isEqualTo(sound);
        }
    }

    @Test
    void aLongTuningIsABatchOfItsOwn() throws IOException {
        SweepPlan<GridSpecification, Trial> few = plan("state-tuning", "sweep.tuning.steps=[0, 1]");
        SweepPlan<GridSpecification, Trial> many = plan("state-tuning", "sweep.tuning.steps=[0, 1000000]");
        assertThat(few.batches(new Wave(0, 0, few.size()))).hasSize(1);
        assertThat(many.batches(new Wave(0, 0, many.size()))).as("two sets").hasSize(2);
    }

    @Test
    void tasksWithoutLabelsAndWithTooFewExamplesAreRefused() {
        assertThatThrownBy(() -> plan("state-tuning", "sweep.tasks=[{ name = linear-regression, dimension = 4 }]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected a classification");
        assertThatThrownBy(() -> plan(
                        "state-tuning",
                        "sweep.models=[{ path = \""
                                + Path.of("../models/text-icl").toAbsolutePath() + "\" }]",
                        "sweep.tasks=[{ name = everyday, train = \""
                                + Path.of("../conf/data/quickstart_train.jsonl").toAbsolutePath() + "\", test = \""
                                + Path.of("../conf/data/quickstart_test.jsonl").toAbsolutePath()
                                + "\", template = model, labels = model }]",
                        "sweep.tuning.examples=100000"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("examples: expected at most")
                .hasMessageContaining("less 3 shots, found 100000");
    }

    @Test
    void aSetWithFewerExamplesLeftThanAskedForFailsWithTheirNumber() throws IOException {
        // All of the training file is asked for: what equals a query of the set is missing.
        String train =
                Path.of("../conf/data/quickstart_train.jsonl").toAbsolutePath().toString();
        long rows = Files.readAllLines(Path.of(train)).size();
        SweepPlan<GridSpecification, Trial> plan = plan(
                "state-tuning",
                "sweep.models=[{ path = \"" + Path.of("../models/text-icl").toAbsolutePath() + "\" }]",
                "sweep.demonstrations.shots=[3]",
                "sweep.demonstrations.sets-per-task=1",
                "sweep.tasks=[{ name = everyday, train = \"" + train + "\", test = \"" + train
                        + "\", template = model, labels = model }]",
                "sweep.tuning={ steps = [0], examples = [" + (rows - 3) + "], seeds = [1] }");
        assertThatThrownBy(() -> ClusterSweep.run(plan))
                .isInstanceOfSatisfying(
                        TrialFailure.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.BAD_INPUT))
                .hasMessageContaining("tuning.examples: expected at most ");
    }
}
