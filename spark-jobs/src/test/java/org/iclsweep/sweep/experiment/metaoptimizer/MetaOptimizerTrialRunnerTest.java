package org.iclsweep.sweep.experiment.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.metaoptimizer.Recovery;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.Measures;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.RandomModels;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Answers;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Comparison;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Layer;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Tuning;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One set of demonstrations: learning from them in context beside fine-tuning on them, with a model that ships. */
class MetaOptimizerTrialRunnerTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private static Path directory;

    private static SweepPlan<GridSpecification, Trial> plan(String... settings) throws IOException {
        Path file = Files.createTempFile(directory, "sweep", ".conf");
        Files.writeString(file, """
                sweep {
                  name = test
                  kind = meta-optimizer
                  models = [ { path = "%1$s/models/text-icl-softmax", dtypes = [float64] } ]
                  tasks = [
                    { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl", test = "%1$s/conf/data/quickstart_test.jsonl"
                      template = model, labels = model }
                    { name = backwards, train = "%1$s/conf/data/quickstart_test.jsonl", test = "%1$s/conf/data/quickstart_train.jsonl"
                      template = model, labels = model }
                  ]
                  demonstrations { shots = [3], sets-per-task = 1 }
                  evaluation { queries-per-set = 3 }
                  fine-tuning {
                    variants = [ { name = tuned, learning-rates = [0.001, 0.02] } ]
                    validation-queries = 2, permutations = 5
                  }
                  execution { batch-trials = 1 }
                  output = "%2$s"
                }
                """.formatted(HOME, directory.resolve("out")));
        return SweepFiles.read(file, List.of(settings));
    }

    private static List<TrialOutcome> run(SweepPlan<GridSpecification, Trial> plan) {
        try (TrialRunner runner = new MetaOptimizerTrialRunner(
                plan.sweep().specification(), Device.cpu(), new ModelCache(device -> Long.MAX_VALUE))) {
            List<TrialOutcome> outcomes = new ArrayList<>();
            for (Batch batch : plan.batches(new Wave(0, 0, plan.size()))) {
                outcomes.addAll(runner.run(plan.trials(batch)));
            }
            return outcomes;
        }
    }

    private static MetaOptimizerResult first(String... settings) throws IOException {
        return Measures.<MetaOptimizerResult>of(run(plan(settings)).get(0)).measures();
    }

    private static List<Comparison> named(MetaOptimizerResult result, String name) {
        return result.comparisons().stream()
                .filter(comparison -> comparison.name().equals(name))
                .toList();
    }

    private static Tuning tuning(Comparison comparison) {
        return Objects.requireNonNull(comparison.tuning());
    }

    @Test
    void everyLearningRateTheLimitAndTheControlsOfTheOneThatIsChosenAreThere() throws IOException {
        MeasuredTrial<MetaOptimizerResult> trial = Measures.of(run(plan()).get(0));
        MetaOptimizerResult result = trial.measures();
        assertThat(result.comparisons().stream().map(one -> one.reference() + " " + one.name()))
                .containsExactly(
                        "icl tuned",
                        "icl tuned",
                        "icl limit",
                        "icl shuffled-labels",
                        "icl-shuffled-labels tuned",
                        "icl-shuffled-labels shuffled-labels",
                        "icl other-task",
                        "icl negated",
                        "icl random-weights",
                        "fine-tuning reversed-order",
                        "icl icl-other-set",
                        "icl icl-reversed-order",
                        "icl icl-nothing-said");
        assertThat(FineTuningSpec.CONTROLS)
                .containsAll(result.comparisons().stream()
                        .map(Comparison::name)
                        .filter(name -> !name.equals("tuned"))
                        .toList());
        List<Tuning> curve = named(result, "tuned").stream()
                .limit(2)
                .map(MetaOptimizerTrialRunnerTest::tuning)
                .toList();
        Tuning chosen = curve.stream().filter(Tuning::chosen).findFirst().orElseThrow();
        Tuning other = curve.stream().filter(one -> !one.chosen()).findFirst().orElseThrow();
        assertThat(loss(chosen)).isLessThan(loss(other));
        assertThat(tuning(named(result, "other-task").get(0)).learningRate()).isEqualTo(chosen.learningRate());
        assertThat(tuning(named(result, "negated").get(0)).learningRate()).isEqualTo(-chosen.learningRate());
        assertThat(tuning(named(result, "random-weights").get(0)).weightChange())
                .isCloseTo(chosen.weightChange(), within(1e-9));
        assertThat(trial.queries()).isEqualTo(3);
        assertThat(result.contextShares())
                .hasSize(2)
                .allSatisfy(heads -> assertThat(heads)
                        .hasSize(4)
                        .allSatisfy(share -> assertThat(share).isBetween(0.0, 1.0)));
    }

    @Test
    void theRowsOfTheQueriesThatEverySideAnswersCorrectlyAreListed() throws IOException {
        MetaOptimizerResult result = first();
        assertThat(result.queryIds()).hasSize(3).doesNotHaveDuplicates();
        assertRightAmong(result.queryIds(), result.zeroShot());
        assertRightAmong(result.queryIds(), result.prompted());
        for (Comparison comparison : result.comparisons()) {
            if (comparison.name().equals("limit")) {
                assertThat(comparison.answers()).isNull();
                continue;
            }
            Answers answers = Objects.requireNonNull(comparison.answers());
            assertRightAmong(result.queryIds(), answers);
            if (comparison.reference().equals("icl")) {
                Recovery recovery = Objects.requireNonNull(comparison.recovery());
                List<Long> corrected = new ArrayList<>(answers.right());
                corrected.removeAll(result.zeroShot().right());
                assertThat(corrected).hasSize(recovery.tunedRight());
                corrected.retainAll(result.prompted().right());
                assertThat(corrected).hasSize(recovery.bothRight());
            }
        }
    }

    private static void assertRightAmong(List<Long> queries, Answers answers) {
        assertThat(queries).containsAll(answers.right());
        assertThat(answers.score().accuracy())
                .isCloseTo(answers.right().size() / (double) queries.size(), within(1e-12));
    }

    private static double loss(Tuning tuning) {
        return Objects.requireNonNull(
                Objects.requireNonNull(tuning.validation()).loss());
    }

    private static List<OptionalDouble> similarities(Comparison comparison) {
        return comparison.layers().stream()
                .map(layer -> layer.similarity().outputs().raw())
                .toList();
    }

    /** A cosine of 0 would say that two updates have nothing to do with each other. */
    /** At 0.1 more of these validation queries are right than at 0.01, with a greater loss. */
    @ParameterizedTest
    @CsvSource({"loss, 0.01", "accuracy, 0.1"})
    void aLearningRateIsChosenByLossOrByAccuracy(String by, double chosen) throws IOException {
        MetaOptimizerResult result = first(
                "sweep.fine-tuning.variants=[{ name = tuned, weights = whole-model, learning-rates = [0.01, 0.1] }]",
                "sweep.fine-tuning.validation-queries=24",
                "sweep.fine-tuning.controls=false",
                "sweep.fine-tuning.chosen-by=" + by);
        assertThat(named(result, "tuned").stream()
                        .map(MetaOptimizerTrialRunnerTest::tuning)
                        .filter(Tuning::chosen)
                        .map(Tuning::learningRate))
                .containsExactly(chosen);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"float64", "float32"})
    void aLearningRateOf0MovesNothingAndHasNoSimilarity(String type) throws IOException {
        MetaOptimizerResult result = first(
                "sweep.models=[{ path = \"" + HOME + "/models/text-icl-softmax\", dtypes = [" + type + "] }]",
                "sweep.fine-tuning.variants=[{ name = tuned, learning-rates = [0.0] }]",
                "sweep.fine-tuning.controls=false");
        Comparison still = named(result, "tuned").get(0);
        assertThat(similarities(still)).hasSize(2).containsOnly(OptionalDouble.empty());
        for (Layer layer : still.layers()) {
            assertThat(layer.similarity().outputs().tunedNorm().orElseThrow()).isZero();
            assertThat(layer.similarity().outputs().contextNorm()).isPositive();
            assertThat(layer.keysChange()).isZero();
            assertThat(layer.similarity().maps())
                    .allSatisfy(map -> assertThat(map.ofUpdates()).isEmpty());
        }
        assertThat(still.answers()).isEqualTo(result.zeroShot());
        assertThat(result.promptedShuffled()).isNull();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"float64", "float32"})
    void withoutDemonstrationsNothingMoves(String type) throws IOException {
        MetaOptimizerResult result = first(
                "sweep.models=[{ path = \"" + HOME + "/models/text-icl-softmax\", dtypes = [" + type + "] }]",
                "sweep.demonstrations.shots=[0]");
        assertThat(result.prompted()).isEqualTo(result.zeroShot());
        assertThat(result.comparisons()).hasSize(2).allSatisfy(comparison -> {
            assertThat(similarities(comparison)).containsOnly(OptionalDouble.empty());
            assertThat(comparison.layers())
                    .allSatisfy(layer -> assertThat(layer.similarity().outputs().contextNorm())
                            .isZero());
        });
    }

    /** Small steps in both directions, beside the derivative. */
    @Test
    void theLimitIsWhatASmallLearningRateTendsToAndTheNegatedGradientItsOpposite() throws IOException {
        MetaOptimizerResult result = first("sweep.fine-tuning.variants=[{ name = tuned, learning-rates = [1e-6] }]");
        List<OptionalDouble> small = similarities(named(result, "tuned").get(0));
        List<OptionalDouble> limit = similarities(named(result, "limit").get(0));
        List<OptionalDouble> negated = similarities(named(result, "negated").get(0));
        for (int layer = 0; layer < small.size(); layer++) {
            double cosine = small.get(layer).orElseThrow();
            assertThat(Math.abs(cosine)).as("something to see").isGreaterThan(0.01);
            assertThat(limit.get(layer)).hasValueCloseTo(cosine, within(1e-3));
            assertThat(negated.get(layer)).hasValueCloseTo(-cosine, within(1e-3));
        }
        assertThat(named(result, "limit").get(0).layers()).allSatisfy(layer -> {
            assertThat(layer.similarity().outputs().tunedNorm()).isEmpty();
            assertThat(layer.similarity().maps())
                    .allSatisfy(map -> assertThat(map.after()).isEmpty());
        });
    }

    @Test
    void theWholeModelsKeysAndValuesChangeWithIt() throws IOException {
        MetaOptimizerResult result = first(
                "sweep.fine-tuning.variants=[{ name = tuned, weights = whole-model, learning-rates = [0.01] }]",
                "sweep.fine-tuning.controls=false");
        Comparison tuned = named(result, "tuned").get(0);
        assertThat(tuned.layers()).hasSize(2).allSatisfy(layer -> {
            assertThat(layer.keysChange()).isPositive().isLessThan(tuning(tuned).weightChange());
            assertThat(layer.valuesChange())
                    .isPositive()
                    .isLessThan(tuning(tuned).weightChange());
        });
    }

    @Test
    void aFineTuningThatDivergesIsSaidAndTheRestIsThere() throws IOException {
        MetaOptimizerResult result = first(
                "sweep.fine-tuning.variants=[{ name = tuned, weights = whole-model, learning-rates = [1e300, 0.001] }]",
                "sweep.fine-tuning.controls=false");
        Comparison diverged = named(result, "tuned").get(0);
        assertThat(tuning(diverged).diverged()).isTrue();
        assertThat(diverged.layers()).isEmpty();
        assertThat(diverged.answers()).isNull();
        assertThat(tuning(named(result, "tuned").get(1)).chosen()).isTrue();
    }

    /**
     * The rows of a trial depend neither on its neighbours nor on the run: three trials of a task, alone and together.
     */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"float64", "float32"})
    void twoRunsInOtherBatchesAreEqualBitForBit(String type) throws IOException {
        String[] settings = {
            "sweep.models=[{ path = \"" + HOME + "/models/text-icl-softmax\", dtypes = [" + type + "] }]",
            "sweep.demonstrations.sets-per-task=2",
            "sweep.execution.batch-trials=1"
        };
        SweepPlan<GridSpecification, Trial> alone = plan(settings);
        settings[2] = "sweep.execution.batch-trials=2";
        SweepPlan<GridSpecification, Trial> together = plan(settings);
        assertThat(sizesOfBatches(alone)).containsExactly(1, 1, 1, 1);
        assertThat(sizesOfBatches(together)).containsExactly(2, 2);
        List<String> rows = rows(alone);
        assertThat(rows).doesNotHaveDuplicates().isEqualTo(rows(together));
    }

    private static List<Integer> sizesOfBatches(SweepPlan<GridSpecification, Trial> plan) {
        return plan.batches(new Wave(0, 0, plan.size())).stream()
                .map(batch -> plan.trials(batch).size())
                .toList();
    }

    private static List<String> rows(SweepPlan<GridSpecification, Trial> plan) {
        return run(plan).stream()
                .map(MetaOptimizerTrialRunnerTest::withoutSeconds)
                .toList();
    }

    private static String withoutSeconds(TrialOutcome outcome) {
        MetaOptimizerResult result = Measures.<MetaOptimizerResult>of(outcome).measures();
        return result.comparisons() + " " + result.zeroShot() + result.prompted() + result.promptedShuffled()
                + result.contextShares();
    }

    /** Models that read bytes, with weights drawn at random: from the checkpoint on disk to the result. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gpt2", "linear_llama", "mistral", "retnet", "gla", "delta_net", "gated_deltanet"})
    void everyFamilyWithKeysAndValuesIsHeldAgainstItsFineTuning(String family) throws IOException {
        Path model = checkpoint(family, 1);
        MetaOptimizerResult result = first(
                "sweep.models=[{ path = \"%s\", dtypes = [float64] }]".formatted(model),
                "sweep.fine-tuning.variants=[{ name = tuned, learning-rates = [0.01] }, "
                        + "{ name = causal, descent = layer-causal, learning-rates = [0.01] }, "
                        + "{ name = whole, weights = whole-model, learning-rates = [0.01] }]");
        boolean scored = List.of("gpt2", "linear_llama", "mistral").contains(family);
        for (String name : List.of("tuned", "causal", "whole")) {
            assertThat(named(result, name).get(0).layers()).as(name).hasSize(2).allSatisfy(layer -> {
                assertThat(layer.similarity().outputs().raw().orElseThrow()).isBetween(-1.0, 1.0);
                assertThat(layer.similarity().outputs().contextNorm()).isPositive();
                assertThat(layer.ranks().isPresent()).isEqualTo(scored);
            });
        }
        assertThat(named(result, "limit").get(0).layers())
                .allSatisfy(
                        layer -> assertThat(layer.similarity().outputs().raw()).isPresent());
    }

    private static Map<String, Object> random(String family) {
        Map<String, Object> random =
                new HashMap<>(Map.of("model_type", family, "hidden_size", 32, "layers", 2, "heads", 4, "vocab", 256));
        switch (family) {
            case "gpt2" -> random.put("n_positions", 512);
            case "mistral" -> random.put("sliding_window", 24);
            case "gla" -> random.put("expand_k", 1);
            default -> {}
        }
        return random;
    }

    @ParameterizedTest(name = "trained = {0}")
    @CsvSource({"embeddings, text-icl-softmax-embeddings", "none, text-icl-softmax-untrained"})
    void aModelWithoutItsTrainingIsAnotherModel(String kept, String name) throws IOException {
        String[] settings = {
            "sweep.models=[{ path = \"" + HOME + "/models/text-icl-softmax\", trained = " + kept + " }]",
            "sweep.fine-tuning.controls=false"
        };
        SweepPlan<GridSpecification, Trial> plan = plan(settings);
        settings[0] = "sweep.models=[{ path = \"" + HOME + "/models/text-icl-softmax\" }]";
        SweepPlan<GridSpecification, Trial> trained = plan(settings);
        assertThat(plan.sweep().specification().models().get(0).name()).isEqualTo(name);
        assertThat(plan.sweep().specification().models().get(0).sha256())
                .isNotEqualTo(trained.sweep().specification().models().get(0).sha256());
        MeasuredTrial<MetaOptimizerResult> result = Measures.of(run(plan).get(0));
        MeasuredTrial<MetaOptimizerResult> asTrained = Measures.of(run(trained).get(0));
        assertThat(result.set()).isEqualTo(asTrained.set());
        assertThat(result.measures().zeroShot())
                .isNotEqualTo(asTrained.measures().zeroShot());
    }

    /** Of 6,000 tokens: a training starts from a model that takes none of them for much likelier than others. */
    @Test
    void anUntrainedModelIsNotSureOfAnything() throws IOException {
        MetaOptimizerResult result = first(
                "sweep.models=[{ path = \"" + HOME + "/models/text-icl-softmax\", trained = none }]",
                "sweep.fine-tuning.controls=false");
        assertThat(tuning(result.comparisons().get(0)).trainingLoss()).isBetween(Math.log(6000), Math.log(6000) + 1);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "sweep.methods=[{ name = full-cache }] | sweep.methods: expected no methods for kind = meta-optimizer, which converts nothing",
                "sweep.tasks=[{ name = gaussian-clusters }] | expected a classification of texts",
                "sweep.fine-tuning.validation-queries=78 | expected at least 81 queries",
                "sweep.fine-tuning.variants=[{ name = limit }] | expected names that differ, from those of the controls and from all that begin with icl- too, found \"limit\"",
                "sweep.fine-tuning.variants=[{ name = icl-mine }] | that begin with icl- too, found \"icl-mine\"",
                "sweep.fine-tuning.variants=[{ name = a, weights = values }, { name = a }] | that begin with icl- too, found \"a\"",
                "sweep.fine-tuning.variants=[] | sweep.fine-tuning.variants: expected a list with at least one element",
                "sweep.fine-tuning.rate=1 | sweep.fine-tuning.rate: expected one of the keys variants",
                "sweep.demonstrations.order=all-permutations | which has one trial for a set, found all-permutations",
                "sweep.evaluation.layers=true | which has no columns for them",
                "sweep.kind=conversion | found the unknown key fine-tuning",
            })
    void whatCannotBeComparedIsAFaultOfTheConfiguration(String setting, String fault) {
        assertThatThrownBy(() -> plan(setting))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(fault);
    }

    @Test
    void aModelWithWeightsThatAreNotFiniteGivesAFailedRowThatNamesTheLayer() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan("sweep.models=[{ path = \"%s\", dtypes = [float64] }]"
                .formatted(checkpoint("linear_llama", Double.POSITIVE_INFINITY)));
        assertThat(run(plan)).isNotEmpty().allSatisfy(outcome -> {
            FailedTrial failed = (FailedTrial) outcome;
            assertThat(failed.code()).isEqualTo(ErrorCode.NON_FINITE);
            assertThat(failed.message()).contains("not finite").contains("after layer 1 ");
        });
    }

    /** A model that reads bytes, with random weights, those of its layer 1 times {@code factor}. */
    private static Path checkpoint(String family, double factor) throws IOException {
        Path model = directory.resolve(family + factor);
        ObjectNode config = RandomModels.config(random(family));
        config.put("tokenizer", "bytes").put("icl_template", "{text} {label}");
        ArrayNode labels = config.putArray("icl_labels");
        List.of("a", "b", "c", "d", "e", "f", "g", "h").forEach(labels::add);
        RandomWeights weights = new RandomWeights(config, 3);
        try (NDManager manager = NDManager.newBaseManager()) {
            List<TensorEntry> entries = new ArrayList<>();
            for (String name : weights.names()) {
                NDArray tensor = weights.read(manager, name, DataType.FLOAT32);
                entries.add(TensorEntry.of(name, name.contains(".1.") ? tensor.mul(factor) : tensor));
            }
            CheckpointWriter.write(model, config, entries, List.of());
        }
        return model;
    }
}
