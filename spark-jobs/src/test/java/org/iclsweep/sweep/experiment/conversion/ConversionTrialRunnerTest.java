package org.iclsweep.sweep.experiment.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.QueryErrors;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.Measures;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.Flag;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.RandomModels;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The measures of a trial, on real models and without Spark. */
class ConversionTrialRunnerTest {
    @TempDir
    private static Path directory;

    /** A model that reads bytes, random weights. */
    private static Path byteModel() {
        return directory.resolve("bytes");
    }

    /** The same with a chat template. */
    private static Path chatModel() {
        return directory.resolve("chat");
    }

    /** A softmax transformer that reads bytes, random weights. */
    private static Path llama() {
        return directory.resolve("llama");
    }

    /** The same with one weight of its second layer not a number. */
    private static Path brokenModel() {
        return directory.resolve("broken");
    }

    /** The same with that weight infinite. */
    private static Path infiniteModel() {
        return directory.resolve("infinite");
    }

    @BeforeAll
    static void writeModels() throws IOException {
        ObjectNode config = RandomModels.config(
                Map.of("model_type", "gated_deltanet", "hidden_size", 32, "layers", 2, "heads", 2, "vocab", 256));
        config.put("tokenizer", "bytes");
        RandomWeights weights = new RandomWeights(config, 3);
        try (NDManager manager = NDManager.newBaseManager()) {
            List<TensorEntry> entries = new ArrayList<>();
            List<TensorEntry> broken = new ArrayList<>();
            List<TensorEntry> infinite = new ArrayList<>();
            for (String name : weights.names()) {
                NDArray tensor = weights.read(manager, name, DataType.FLOAT32);
                entries.add(TensorEntry.of(name, StoredType.F32, tensor));
                boolean damaged = name.equals("model.layers.1.attn.q_proj.weight");
                broken.add(TensorEntry.of(name, StoredType.F32, damaged ? with(tensor, Float.NaN) : tensor));
                infinite.add(
                        TensorEntry.of(name, StoredType.F32, damaged ? with(tensor, Float.POSITIVE_INFINITY) : tensor));
            }
            CheckpointWriter.write(byteModel(), config, entries, List.of());
            CheckpointWriter.write(chatModel(), config, entries, List.of());
            Files.writeString(
                    chatModel().resolve("chat_template.jinja"),
                    "{% for m in messages %}<{{ m.role }}>"
                            + "{{ m.content }}</>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
            CheckpointWriter.write(brokenModel(), config, broken, List.of());
            CheckpointWriter.write(infiniteModel(), config, infinite, List.of());
        }
        ObjectNode softmax = RandomModels.config(
                Map.of("model_type", "llama", "hidden_size", 32, "layers", 2, "heads", 2, "vocab", 256));
        softmax.put("tokenizer", "bytes");
        RandomWeights drawn = new RandomWeights(softmax, 3);
        CheckpointWriter.write(
                llama(),
                softmax,
                drawn.names().stream()
                        .map(name -> TensorEntry.of(name, StoredType.F32, drawn, name))
                        .toList(),
                List.of());
        Files.writeString(directory.resolve("train.jsonl"), """
                {"text": "rain all day", "label": "weather"}
                {"text": "add salt and stir", "label": "cooking"}
                {"text": "a cold wind from the north", "label": "weather"}
                {"text": "bake it for an hour", "label": "cooking"}
                {"text": "sunny again", "label": "weather"}
                {"text": "peel the onions first", "label": "cooking"}
                """);
        Files.writeString(directory.resolve("test.jsonl"), """
                {"text": "fog in the morning", "label": "weather"}
                {"text": "boil the eggs", "label": "cooking"}
                """);
    }

    private static NDArray with(NDArray tensor, float value) {
        NDArray changed = tensor.duplicate();
        changed.set(new ai.djl.ndarray.index.NDIndex("0, 0"), value);
        return changed;
    }

    private static SweepPlan<GridSpecification, Trial> plan(String models, String tasks, String... settings)
            throws IOException {
        Path file = Files.createTempFile(directory, "sweep", ".conf");
        Files.writeString(file, """
                sweep {
                  name = test
                  models = [ %s ]
                  tasks = [ %s ]
                  demonstrations { shots = [0, 1, 4], sets-per-task = 3 }
                  evaluation { queries-per-set = 2, audit { fraction = 1 } }
                  output = "%s"
                }
                """.formatted(models, tasks, directory.resolve("out")));
        return SweepFiles.read(file, List.of(settings));
    }

    private static String text(String labels) {
        return "{ name = topics, train = \"%s\", test = \"%s\", template = \"{text} ->{label}\\n\", labels %s }"
                .formatted(directory.resolve("train.jsonl"), directory.resolve("test.jsonl"), labels);
    }

    private static String model(Path path, String dtypes) {
        return "{ path = \"%s\", dtypes = [%s] }".formatted(path, dtypes);
    }

    private static List<TrialOutcome> run(SweepPlan<GridSpecification, Trial> plan) {
        ConversionTrialRunner runner = new ConversionTrialRunner(
                plan.sweep().specification(), Device.cpu(), new ModelCache(device -> Long.MAX_VALUE));
        List<TrialOutcome> outcomes = new ArrayList<>();
        for (Batch batch : plan.batches(new Wave(0, 0, plan.size()))) {
            outcomes.addAll(runner.run(plan.trials(batch)));
        }
        return outcomes;
    }

    @Test
    void promptedAndConvertedAnswersAreTheSameAtFloat64WithLabelsOfSeveralTokens() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan(
                model(byteModel(), "float64"),
                text("{ weather = \" sky\", cooking = \" food\" }"),
                "sweep.evaluation.predictions=true",
                "sweep.evaluation.layers=true");
        List<TrialOutcome> outcomes = run(plan);
        assertThat(outcomes).hasSize(9).allSatisfy(outcome -> {
            MeasuredTrial<ConversionResult> trial = Measures.of(outcome);
            Measurement result = trial.measures().measured();
            assertThat(Measures.largest(result, QueryErrors::maxAbsolute)).isLessThan(1e-10);
            assertThat(Score.mean(result.converted(), Score::correct))
                    .isEqualTo(Score.mean(Measures.comparison(result).prompted(), Score::correct));
            assertThat(trial.auditError()).isLessThan(1e-10);
            assertThat(trial.measures().layers())
                    .hasSize(2)
                    .allSatisfy(
                            layer -> assertThat(layer.outputMaxAbsoluteError()).isLessThan(1e-10));
            assertThat(trial.measures().predictions())
                    .hasSize(2)
                    .allSatisfy(prediction -> assertThat(prediction.converted()).isEqualTo(prediction.prompted()));
        });
    }

    @Test
    void withoutDemonstrationsAllThreeWaysAreOne() throws IOException {
        MeasuredTrial<ConversionResult> trial = Measures.of(
                run(plan(model(byteModel(), "float64"), text("{ weather = \" sky\", cooking = \" food\" }")))
                        .get(0));
        Measurement result = trial.measures().measured();
        assertThat(trial.trial().shots()).isZero();
        assertThat(trial.tokens().context()).isZero();
        assertThat(Score.mean(result.converted(), Answered::nll))
                .isEqualTo(Score.mean(result.zeroShot(), Answered::nll));
    }

    @Test
    void anInstructionIsBeforeTheDemonstrationsAndThereWithoutThem() throws IOException {
        String task = text("{ weather = \" sky\", cooking = \" food\" }")
                .replace("name = topics,", "name = topics, instruction = \"Say which.\\n\",");
        List<TrialOutcome> outcomes = run(plan(model(byteModel(), "float64"), task));
        MeasuredTrial<ConversionResult> trial = Measures.of(outcomes.get(0));
        assertThat(trial.trial().shots()).isZero();
        assertThat(trial.tokens().context()).isEqualTo("Say which.\n".length());
        Measurement result = trial.measures().measured();
        assertThat(Score.mean(result.zeroShot(), Answered::nll))
                .isCloseTo(Score.mean(Measures.comparison(result).prompted(), Answered::nll), within(1e-12));
        assertThat(outcomes)
                .allSatisfy(outcome -> assertThat(
                                Measures.<ConversionResult>of(outcome).auditError())
                        .isLessThan(1e-10));
    }

    @Test
    void aConversationHasTheQueryAsTheUsersTurnAndTheTrimmedLabelAsTheAssistants() throws IOException {
        String task = text("{ weather = \" sky\", cooking = \" food\" }")
                .replace("name = topics,", "name = topics, chat = true,");
        SweepPlan<GridSpecification, Trial> plan = plan(model(chatModel(), "float64"), task);
        List<String> prompts = plan.experiment().prompts(plan, 2).stream()
                .map(prompt -> String.join("", prompt.context()) + "|" + String.join("", prompt.query()))
                .toList();
        assertThat(prompts.get(0)).matches("\\|<user>[a-z ]+ -></><assistant>");
        assertThat(prompts.get(1))
                .matches("(<user>[a-z ]+ -></><assistant>(sky|food)</>)+\\|<user>[a-z ]+ -></><assistant>");
        assertThat(run(plan))
                .hasSize(9)
                .allSatisfy(outcome -> assertThat(
                                Measures.<ConversionResult>of(outcome).auditError())
                        .isLessThan(1e-10));
        String without = model(byteModel(), "float64");
        assertThatThrownBy(() -> plan(without, task)).hasMessageContaining("expected a model with a chat template");
    }

    @Test
    void theChoicesOfAQueryAreItsOwnLabels() throws IOException {
        Path questions = Files.writeString(directory.resolve("questions.jsonl"), """
                {"question": "ice is", "choices": ["cold", "very hot"], "answer": 0}
                {"question": "fire is", "choices": ["wet", "a stone", "hot"], "answer": 2}
                {"question": "rain is", "choices": ["dry", "wet"], "answer": 1}
                {"question": "snow is", "choices": ["white", "black"], "answer": 0}
                """);
        List<TrialOutcome> outcomes = run(plan(
                model(byteModel(), "float64"),
                "{ name = choice-text, train = \"%s\", test = \"%s\", choices = choices, gold = answer, template = \"{question} {label}.\\n\" }"
                        .formatted(questions, questions),
                "sweep.evaluation.predictions=true",
                "sweep.evaluation.queries-per-set=4"));
        assertThat(outcomes).hasSize(9).allSatisfy(outcome -> {
            MeasuredTrial<ConversionResult> trial = Measures.of(outcome);
            assertThat(trial.auditError()).isLessThan(1e-10);
            assertThat(trial.measures().predictions())
                    .extracting(ConversionResult.Prediction::gold)
                    .containsExactlyInAnyOrder("0", "2", "1", "0");
            assertThat(Measures.comparison(trial.measures().measured()).prompted())
                    .allSatisfy(answer -> assertThat(answer.rescored()).isNotNull());
        });
    }

    @Test
    void droppingTheContextIsNoExactConversion() throws IOException {
        List<TrialOutcome> outcomes = run(plan(
                model(byteModel(), "float64"),
                text("{ weather = \" sky\", cooking = \" food\" }"),
                "sweep.methods=[{ name = none }]"));
        Measurement fourShots =
                Measures.<ConversionResult>of(outcomes.get(2)).measures().measured();
        assertThat(Measures.mean(fourShots, QueryErrors::relative)).isGreaterThan(0.01);
        assertThat(Score.mean(fourShots.converted(), Answered::nll))
                .isEqualTo(Score.mean(fourShots.zeroShot(), Answered::nll));
    }

    private static final String FITTED_TO_TASK =
            "sweep.methods=[{ name = attention-matching, slots = 6, calibration = task, examples = %d, ridge = 0.01 }]";

    private static final String FITTED_TO_ITS_OWN =
            "sweep.methods=[{ name = attention-matching, slots = 6, calibration = self-study, examples = %d, ridge = 0.01 }]";

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {FITTED_TO_TASK, FITTED_TO_ITS_OWN})
    void aMethodThatIsFittedToExamplesGivesATrialTheSameRowAloneAndAmongOthers(String methods) throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan(
                model(llama(), "float64"), text("{ weather = \" sky\", cooking = \" food\" }"), methods.formatted(2));
        ConversionTrialRunner runner = new ConversionTrialRunner(
                plan.sweep().specification(), Device.cpu(), new ModelCache(device -> Long.MAX_VALUE));
        List<TrialOutcome> together = run(plan);
        assertThat(together).hasSize(9);
        for (TrialOutcome outcome : together) {
            MeasuredTrial<ConversionResult> trial = Measures.of(outcome);
            MeasuredTrial<ConversionResult> alone =
                    Measures.of(runner.run(List.of(trial.trial())).get(0));
            double error = Measures.mean(trial.measures().measured(), QueryErrors::relative);
            assertThat(Measures.mean(alone.measures().measured(), QueryErrors::relative))
                    .isCloseTo(error, within(1e-9));
            assertThat(error > 1e-9).isEqualTo(trial.trial().shots() > 0);
        }
    }

    @Test
    void moreExamplesThanATaskHasBesidesItsDemonstrationsAreAFaultOfTheConfiguration() throws IOException {
        String model = model(llama(), "float64");
        String task = text("{ weather = \" sky\", cooking = \" food\" }");
        assertThatThrownBy(() -> plan(model, task, FITTED_TO_TASK.formatted(99)))
                .hasMessageContaining("examples: expected at most")
                .hasMessageContaining("found 99");
    }

    @Test
    void aLlamaKeepsItsKeysAndValuesOrDropsThem() throws IOException {
        List<TrialOutcome> outcomes = run(plan(
                model(llama(), "float64"),
                text("{ weather = \" sky\", cooking = \" food\" }"),
                "sweep.methods=[{ name = full-cache }, { name = none }]",
                "sweep.evaluation.layers=true"));
        assertThat(outcomes).hasSize(18);
        for (TrialOutcome outcome : outcomes) {
            MeasuredTrial<ConversionResult> trial = Measures.of(outcome);
            Measurement result = trial.measures().measured();
            if (trial.trial().method().name().equals("full-cache")) {
                assertThat(Measures.largest(result, QueryErrors::maxAbsolute)).isLessThan(1e-10);
                assertThat(trial.auditError()).isLessThan(1e-10);
                // Keys and values of two layers of two heads of 16, for every token.
                assertThat(result.size().parameters())
                        .isEqualTo(2 * 2 * 2 * 16 * trial.tokens().context());
                assertThat(trial.measures().layers())
                        .allSatisfy(layer -> assertThat(layer.stateNorm() > 0)
                                .isEqualTo(trial.tokens().context() > 0));
            } else if (trial.tokens().context() > 0) {
                assertThat(Measures.mean(result, QueryErrors::relative)).isGreaterThan(0.01);
                assertThat(result.size().parameters()).isZero();
            }
        }
    }

    @Test
    void whatAMethodCannotConvertIsSaidWhenTheConfigurationIsRead() throws IOException {
        String task = text("{ weather = \" sky\", cooking = \" food\" }");
        assertThatThrownBy(() -> plan(model(llama(), "float64"), task))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("sweep.methods: model llama, method iclca: ", "SEPARABLE_NORMALISER")
                .hasMessageContaining("full-cache");
        assertThatThrownBy(() -> plan(
                        "{ random { model_type = llama, hidden_size = 32, layers = 1, heads = 2, vocab = 64, seed = 5 } }",
                        "{ name = random-tokens, context-tokens = 10, query-tokens = 2, vocabulary = 64 }"))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("model random-llama-32x1, method iclca: ", "full-cache");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"broken", "infinite"})
    void aModelWithAWeightThatIsNotFiniteGivesFailedRowsThatNameTheLayer(String name) throws IOException {
        Path model = directory.resolve(name);
        assertThat(run(plan(model(model, "float32"), text("{ weather = \" sky\", cooking = \" food\" }"))))
                .hasSize(9)
                .allSatisfy(outcome -> {
                    FailedTrial failed = (FailedTrial) outcome;
                    assertThat(failed.code()).isEqualTo(ErrorCode.NON_FINITE);
                    assertThat(failed.message()).contains("after layer 1 ");
                });
    }

    @Test
    void aQueryThatIsAmongTheDemonstrationsIsFlagged() throws IOException {
        String labels = "{ weather = \" sky\", cooking = \" food\" }";
        String trained = text(labels).replace("test.jsonl", "train.jsonl");
        assertThat(flagged(trained)).isPositive();
        assertThat(flagged(text(labels))).isZero();
    }

    private static long flagged(String task) throws IOException {
        return run(plan(model(byteModel(), "float32"), task, "sweep.demonstrations.sets-per-task=4")).stream()
                .filter(outcome ->
                        Measures.of(outcome).flags().stream().anyMatch(flag -> flag.code() == Flag.Code.LEAKED_QUERY))
                .count();
    }

    @Test
    void aContextThatIsTooLongIsOneFailedRowAndTheRestIsThere() throws IOException {
        List<TrialOutcome> outcomes = run(plan(
                model(byteModel(), "float32"),
                text("{ weather = \" sky\", cooking = \" food\" }"),
                "sweep.evaluation.max-context-tokens=60"));
        assertThat(outcomes).hasSize(9);
        for (TrialOutcome outcome : outcomes) {
            if (((Trial) outcome.trial()).shots() == 4) {
                assertThat(((FailedTrial) outcome).code()).isEqualTo(ErrorCode.CONTEXT_TOO_LONG);
            } else {
                assertThat(outcome).isInstanceOf(MeasuredTrial.class);
            }
        }
    }

    @Test
    void inStrictModeTheBitsDoNotDependOnWhatElseIsInTheBatch() throws IOException {
        List<List<Object>> together = measuresInStrictBatchesOf(9);
        assertThat(measuresInStrictBatchesOf(3)).isEqualTo(together);
        assertThat(measuresInStrictBatchesOf(6)).isEqualTo(together);
    }

    private static List<List<Object>> measuresInStrictBatchesOf(int trials) throws IOException {
        return run(plan(
                        model(byteModel(), "float32"),
                        text("{ weather = \" sky\", cooking = \" food\" }"),
                        "sweep.execution.strict=true",
                        "sweep.execution.batch-trials=" + trials))
                .stream()
                .map(ConversionTrialRunnerTest::measures)
                .toList();
    }

    private static List<Object> measures(TrialOutcome outcome) {
        MeasuredTrial<ConversionResult> trial = Measures.of(outcome);
        Measurement result = trial.measures().measured();
        return List.of(trial.trial().index(), result.comparison(), result.zeroShot(), result.converted());
    }

    @Test
    void randomModelsReadRandomTokensInFloat32() throws IOException {
        List<TrialOutcome> outcomes = run(plan(
                "{ random { model_type = linear_llama, hidden_size = 32, layers = 3, heads = 2, vocab = 64, seed = 5 } }",
                "{ name = random-tokens, context-tokens = 100, query-tokens = 8, vocabulary = 64 }",
                "sweep.demonstrations.shots=[1]"));
        assertThat(outcomes).hasSize(3).allSatisfy(outcome -> {
            MeasuredTrial<ConversionResult> trial = Measures.of(outcome);
            Measurement result = trial.measures().measured();
            assertThat(Measures.mean(result, QueryErrors::relative)).isBetween(1e-9, 5e-6);
            assertThat(trial.tokens().context()).isEqualTo(100);
            assertThat(Score.mean(result.converted(), Score::correct)).isNull();
            assertThat(trial.auditError()).isLessThan(1e-10);
        });
    }

    @Test
    void aNormaliserThatCancelsIsFlaggedWithItsLayer() throws IOException {
        // Scores of either sign: over this many random prompts some sum of them comes near zero.
        List<TrialOutcome> outcomes = run(plan(
                "{ random { model_type = linear_llama, hidden_size = 32, layers = 2, heads = 2, vocab = 64, seed = 5,"
                        + " feature_map = identity, position_embedding = none } }",
                "{ name = random-tokens, context-tokens = 200, query-tokens = 8, vocabulary = 64 }",
                "sweep.demonstrations={ shots = [1], sets-per-task = 10 }",
                "sweep.evaluation.audit.fraction=0"));
        List<Flag> flags = outcomes.stream()
                .filter(MeasuredTrial.class::isInstance)
                .flatMap(outcome -> Measures.of(outcome).flags().stream())
                .toList();
        assertThat(flags).isNotEmpty().allSatisfy(flag -> {
            assertThat(flag.code()).isEqualTo(Flag.Code.ILL_CONDITIONED);
            assertThat(flag.layer()).isBetween(0, 1);
            assertThat(flag.value()).isBetween(0.0, 1e-3);
        });
    }
}
