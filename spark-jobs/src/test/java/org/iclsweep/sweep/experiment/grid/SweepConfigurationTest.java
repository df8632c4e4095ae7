package org.iclsweep.sweep.experiment.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.family.Families;
import org.iclsweep.sweep.SmallCheckpoint;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SweepConfigurationTest {
    private static final String MINIMAL = """
            sweep {
              name = minimal
              models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 64, seed = 1,
                                    input_size = 8, icl_labels = [1, 2, 3, 4] } } ]
              tasks = [ { name = gaussian-clusters } ]
              output = out/minimal
            }
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void aModelAndData() throws IOException {
        SmallCheckpoint.ofSeed(1).write(directory.resolve("models/tiny"));
        Files.writeString(directory.resolve("train.jsonl"), rows("zebra", "ape", "mule"));
        Files.writeString(directory.resolve("test.jsonl"), rows("zebra", "ape", "mule"));
    }

    @Test
    void everyKeyButNameModelsTasksAndOutputHasADefault() throws IOException {
        SweepConfiguration<GridSpecification> sweep = read(MINIMAL);

        assertThat(sweep.specification().methods()).containsExactly(new MethodSpec("iclca", Map.of()));
        assertThat(sweep.specification().models().get(0).dtypes()).containsExactly("float32");
        assertThat(sweep.specification().models().get(0).name()).isEqualTo("random-linear_llama-16x2");
        assertThat(sweep.specification().demonstrations().shots()).containsExactly(0, 1, 2, 4, 8, 16);
        assertThat(sweep.specification().demonstrations().sampling()).isEqualTo(Sampling.BALANCED);
        assertThat(sweep.specification().demonstrations().nested()).isTrue();
        assertThat(sweep.specification().evaluation().queriesPerSet()).isEqualTo(64);
        assertThat(sweep.specification().evaluation().audit().fraction()).isEqualTo(0.01);
        assertThat(sweep.execution().batchTokens()).isEqualTo(16384);
        assertThat(sweep.execution().strict()).isFalse();
        assertThat(sweep.execution().maxFailedFraction()).isEqualTo(0.01);
        assertThat(sweep.output())
                .isEqualTo(Path.of("out/minimal").toAbsolutePath().toString());
    }

    @Test
    void aRandomModelThatCannotBeIsSaidBeforeAnyTrialRuns() {
        assertThat(faults(MINIMAL.replace("heads = 2", "heads = 4, num_key_value_heads = 3")))
                .extracting(Fault::message)
                .singleElement()
                .asString()
                .contains("expected a divisor of num_attention_heads = 4, found 3");
    }

    @Test
    void anEmptyFileLacksExactlyNameModelsTasksAndOutput() {
        assertThat(faults("sweep { }\n"))
                .extracting(Fault::key)
                .containsExactlyInAnyOrder("sweep.name", "sweep.models", "sweep.tasks", "sweep.output");
    }

    @Test
    void everyFaultComesInOneMessageWithKeyFileAndLine() throws IOException {
        Path file = write("""
                sweep {
                  kind = magic
                  models = [ { path = "models/none" }
                             { path = "models/tiny", dtypes = [float16] }
                             { dtypes = [float32] } ]
                  methods = [ { name = wishful } ]
                  tasks = [ { name = animals, train = "train.jsonl", test = "absent.jsonl"
                              template = "{text}:{label}\\n", labels { zebra = " z", ape = " a", mule = " m" } }
                            { name = few, train = "train.jsonl", test = "test.jsonl"
                              template = "{text}:{label}\\n", labels { zebra = " z", ape = " a" } }
                            { name = gaussian-clusters, classes = many }
                            { name = gaussian-clusters, sides = 3 } ]
                  demonstrations { shots = [0, -1], sets-per-task = 0, seed = "seven", shot = 4, sampling = fair }
                  evaluation { audit { fraction = 1.5 }, predictions = yes }
                  execution = quick
                  output = 7
                }
                """);
        String place = file + ":";

        assertThatThrownBy(() -> read(file, List.of(), Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(place + "1: sweep.name: expected text, found nothing; add the key")
                .hasMessageContaining(
                        place + "2: sweep.kind: expected one of conversion, influence,"
                                + " order-sensitivity, selection, state-tuning, meta-optimizer, generalization, training, found \"magic\"")
                .hasMessageContaining(place
                        + "3: sweep.models[0].path: expected a file or directory that exists, found no such file or directory: "
                        + directory.resolve("models/none"))
                .hasMessageContaining(
                        place + "4: sweep.models[1].dtypes[0]: expected one of float32, float64, found \"float16\"")
                .hasMessageContaining(
                        place + "5: sweep.models[2]: expected either a path or a block random { … }, found neither")
                .hasMessageContaining(place + "6: sweep.methods[0].name: expected one of ")
                .hasMessageContaining(
                        place
                                + "7: sweep.tasks[0].test: expected a file or directory that exists, found no such file or directory")
                .hasMessageContaining("\"mule\"")
                .hasMessageContaining(place + "11: sweep.tasks[2].classes: expected a whole number of at least 2")
                .hasMessageContaining("sides")
                .hasMessageContaining(
                        place + "13: sweep.demonstrations.shots[1]: expected a whole number of at least 0, found -1")
                .hasMessageContaining(place
                        + "13: sweep.demonstrations.sets-per-task: expected a whole number of at least 1, found 0")
                .hasMessageContaining(place + "13: sweep.demonstrations.seed: expected a whole number, found \"seven\"")
                .hasMessageContaining(place + "13: sweep.demonstrations.shot: expected one of the keys shots,")
                .hasMessageContaining(place + "13: sweep.demonstrations.sampling: expected one of balanced, uniform")
                .hasMessageContaining(place + "14: sweep.evaluation.audit.fraction: expected a number from 0 to 1")
                .hasMessageContaining(place + "14: sweep.evaluation.predictions: expected true or false")
                .hasMessageContaining(place + "15: sweep.execution: expected a block")
                .hasMessageContaining(place + "16: sweep.output: expected text, found 7");
    }

    @Test
    void moreShotsThanExamplesIsAFaultThatNamesTheTask() {
        assertThat(faults(text("labels { zebra = \" z\", ape = \" a\", mule = \" m\" }")
                        .replace("shots = [0]", "shots = [0, 4]")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.toString())
                        .contains("sweep.demonstrations", "animals", "found 4", "3 demonstrations"));
    }

    @Test
    void aTemplateThatTheModelShouldNameMustBeNamedByIt() {
        String sweep = text("labels = model").replace("template = \"{text}:{label}\\n\"", "template = model");
        assertThat(faults(sweep))
                .extracting(Fault::message)
                .containsExactlyInAnyOrder(
                        "template: expected icl_template in the config.json of the model tiny for template = model of animals, found none; write the template in the task",
                        "labels: expected icl_labels in the config.json of the model tiny for labels = model of animals, found none; write the labels in the task");
    }

    @Test
    void aListOfAMethodsParameterIsAMethodForEachValue() throws IOException {
        SweepConfiguration<GridSpecification> sweep =
                read(methods("[ { name = iclca }, { name = iclca, storage = [float16, int8] },"
                        + " { name = merged }, { name = merged, parts = 3 } ]"));
        List<MethodSpec> expected = List.of(
                new MethodSpec("iclca", Map.of()),
                new MethodSpec("iclca", Map.of("storage", "float16")),
                new MethodSpec("iclca", Map.of("storage", "int8")),
                new MethodSpec("merged", Map.of("parts", "2")),
                new MethodSpec("merged", Map.of("parts", "3")));

        assertThat(sweep.specification().methods()).isEqualTo(expected);
        assertThat(read(sweep.resolved()).specification().methods()).isEqualTo(expected);
        assertThat(read(sweep.resolved()).digest()).isEqualTo(sweep.digest());
    }

    @Test
    void aParameterThatAMethodDoesNotHaveOrTakeIsAFault() {
        assertThat(faults(methods("[ { name = iclca, parts = 2 } ]")))
                .extracting(Fault::toString)
                .containsExactly(directory.resolve("sweep.conf")
                        + ":5: sweep.methods[0].parts: expected one of the keys storage, name, found the unknown key parts;"
                        + " leave it out");
        assertThat(faults(methods("[ { name = iclca, storage = [int8, int4] } ]")))
                .extracting(Fault::message)
                .containsExactly("expected one of float64, float32, bfloat16, float16, int8, found \"int4\"");
        assertThat(faults(methods("[ { name = merged, parts = 0 } ]")))
                .extracting(Fault::message)
                .containsExactly("expected a whole number of at least 1, found 0");
        assertThat(faults(methods("[ { name = iclca, storage = [int8] }, { name = iclca, storage = int8 } ]")))
                .extracting(Fault::message)
                .containsExactly("expected none twice, found \"iclca {storage=int8}\" again; leave one out");
    }

    @Test
    void aModelThatNamesItsMethodsIsConvertedByThoseAlone() throws IOException {
        String softmax = MINIMAL.replace(
                "models = [",
                "methods = [ { name = iclca }, { name = none }, { name = full-cache } ]\n  models = [ { name = softmax,"
                        + " random { model_type = llama, hidden_size = 16, layers = 2, heads = 2, vocab = 64, seed = 1, input_size = 8, icl_labels = [1, 2, 3, 4] }, methods = [full-cache] }, ");
        SweepConfiguration<GridSpecification> sweep = read(softmax);
        assertThat(sweep.specification().models().get(0).methods()).containsExactly("full-cache");
        assertThat(sweep.specification().methods())
                .filteredOn(sweep.specification().models().get(0)::isConvertedBy)
                .containsExactly(new MethodSpec("full-cache", Map.of()));
        assertThat(sweep.specification().methods())
                .filteredOn(sweep.specification().models().get(1)::isConvertedBy)
                .hasSize(3);
        assertThat(new GridPlan(sweep.specification()).size())
                .isEqualTo(4L * 6 * sweep.specification().demonstrations().setsPerTask());
        assertThat(faults(softmax.replace("methods = [full-cache]", "methods = [merged]")))
                .extracting(Fault::message)
                .singleElement()
                .asString()
                .contains("model softmax: methods: expected some of ")
                .contains("found [merged]; name methods of the sweep");
    }

    private static String methods(String methods) {
        return MINIMAL.replace("  tasks =", "  methods = " + methods + "\n  tasks =");
    }

    @Test
    void aSweepThatAppendsContextsCannotHaveWhatItHasNoUseFor() {
        String influence = MINIMAL.replace("name = minimal", "name = minimal, kind = influence");
        assertThat(faults(influence)).isEmpty();
        assertThat(faults(influence.replace("tasks =", """
                        methods = [ { name = none } ]
                          demonstrations { order = all-permutations, shots = [2] }
                          evaluation { layers = true, prompted = 0.25 }
                          search { orders = 2 }
                          tasks =""")))
                .extracting(Fault::key)
                .containsExactlyInAnyOrder(
                        "sweep.methods",
                        "sweep.demonstrations",
                        "sweep.evaluation",
                        "sweep.evaluation",
                        "sweep.search");
        assertThat(faults(influence
                        .replace("kind = influence", "kind = order-sensitivity")
                        .replace("tasks =", "search { candidates = 9 }\n  tasks =")))
                .extracting(Fault::key)
                .containsExactly("sweep.search.candidates");
    }

    @Test
    void aSelectionNeedsCandidatesAndQueriesEnoughForBothOfItsUses() {
        String selection = text("labels { zebra = \" z\", ape = \" a\", mule = \" m\" }")
                .replace("name = animals\n", "name = animals\n  kind = selection\n")
                .replace("shots = [0]", "shots = [1, 3]");
        String search =
                "search { candidates = %d, validation-queries = %d }\n  evaluation { queries-per-set = 1 }\n  tasks";
        assertThat(faults(selection.replaceFirst("tasks", search.formatted(3, 2))))
                .isEmpty();
        assertThat(faults(selection.replaceFirst("tasks", search.formatted(3, 3))))
                .extracting(Fault::message)
                .containsExactly(
                        "task animals: expected at least 4 queries, search.validation-queries and evaluation.queries-per-set"
                                + " together, as those that choose must not judge, found 3; ask for fewer");
        assertThat(faults(selection.replaceFirst("tasks", search.formatted(2, 2))))
                .extracting(Fault::message)
                .containsExactly(
                        "task animals: shots: expected 1 to search.candidates = 2, found 3; take fewer shots or more candidates");
        assertThat(faults(selection.replaceFirst("tasks", search.formatted(4, 2))))
                .extracting(Fault::message)
                .containsExactly(
                        "task animals: shots: expected at most its 3 demonstrations, found 4; take fewer shots or more data");
        assertThat(faults(MINIMAL.replace("name = minimal", "name = minimal, kind = selection")
                        .replace("name = gaussian-clusters", "name = random-tokens, vocabulary = 64, shots = [1]")))
                .extracting(Fault::message)
                .containsExactly(
                        "task random-tokens: expected queries with right answers to choose a set by, found none; take another task");
    }

    @Test
    void theLabelsKeepTheOrderOfTheFile() throws IOException {
        SweepConfiguration<GridSpecification> sweep =
                read(text("labels { zebra = \" z\", ape = \" a\", mule = \" m\" }"));
        assertThat(sweep.specification().tasks().get(0).load().labels()).containsExactly("zebra", "ape", "mule");

        SweepConfiguration<GridSpecification> again = read(sweep.resolved());
        assertThat(again.specification().tasks().get(0).load().labels()).containsExactly("zebra", "ape", "mule");
    }

    @Test
    void dataComesFromTheEnvironment() throws IOException {
        String sweep = text("labels { zebra = \" z\", ape = \" a\", mule = \" m\" }")
                .replace("\"train.jsonl\"", "${data}\"/train.jsonl\"");
        Path file = write(sweep);

        assertThat(read(file, List.of(), Map.of("ICL_SWEEP_DATA", directory.toString()))
                        .specification()
                        .tasks()
                        .get(0)
                        .parameters())
                .containsEntry("train", directory.resolve("train.jsonl").toString());
        assertThatThrownBy(() -> read(file, List.of(), Map.of()))
                .hasMessageContaining(
                        "expected a value of ${data}, found none; set the environment variable ICL_SWEEP_DATA")
                .hasMessageContaining(file + ":");
    }

    @Test
    void settingsOfTheCommandLineWinOverTheFileAndTheLastWins() throws IOException {
        SweepConfiguration<GridSpecification> sweep = read(
                write(MINIMAL),
                List.of(
                        "sweep.demonstrations.seed=1",
                        "sweep.demonstrations.seed=2",
                        "sweep.demonstrations.shots=[3, 5]",
                        "sweep.execution={ strict = true }",
                        "sweep.name=a # b",
                        "sweep.output=/tmp//x"),
                Map.of());

        assertThat(sweep.specification().demonstrations().seed()).isEqualTo(2);
        assertThat(sweep.specification().demonstrations().shots()).containsExactly(3, 5);
        assertThat(sweep.execution().strict()).isTrue();
        assertThat(sweep.name())
                .as("plain text where HOCON would cut off a comment")
                .isEqualTo("a # b");
        assertThat(sweep.output()).isEqualTo("/tmp/x");
    }

    @Test
    void aFaultOfASettingNamesTheSetting() throws IOException {
        Path file = write(MINIMAL);
        assertThatThrownBy(() ->
                        read(file, List.of("sweep.demonstrations.seed=soon", "sweep.sede=1", "nonsense"), Map.of()))
                .hasMessageContaining("--set nonsense: --set: expected KEY=VALUE");
        assertThatThrownBy(() -> read(file, List.of("sweep.demonstrations.seed=soon", "sweep.sede=1"), Map.of()))
                .hasMessageContaining("--set sweep.demonstrations.seed=soon")
                .hasMessageContaining("expected a whole number, found \"soon\"")
                .hasMessageContaining(
                        "sweep.sede: expected one of the keys name, output, input, models, methods, tasks, demonstrations, evaluation, execution,"
                                + " kind, found the unknown key sede");
    }

    @Test
    void aSyntaxErrorNamesFileAndLine() throws IOException {
        Path file = write("sweep {\n  name = [1, 2\n}\n");
        assertThatThrownBy(() -> read(file, List.of(), Map.of())).hasMessageContaining(file + ":");
    }

    @Test
    void theResolvedConfigurationReadsBackToTheSamePlan() throws IOException {
        SweepConfiguration<GridSpecification> sweep =
                read(text("labels { zebra = \" z\", ape = \" a\", mule = \" m\" }"));
        SweepConfiguration<GridSpecification> again = read(sweep.resolved());

        assertThat(again).isEqualTo(sweep);
        assertThat(again.digest()).isEqualTo(sweep.digest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"influence", "order-sensitivity", "selection", "meta-optimizer"})
    void aKindWithoutAPromptedRunToLeaveOutRefusesAPartOfIt(String kind) {
        String text = MINIMAL.replace("name = minimal", "name = minimal, kind = " + kind);
        assertThat(faults(text.replace("tasks =", "evaluation { prompted = 0.25 }\n  tasks =")))
                .filteredOn(fault -> fault.key().equals("sweep.evaluation"))
                .singleElement()
                .satisfies(fault -> assertThat(fault.toString())
                        .contains("prompted: expected all for kind = " + kind)
                        .contains("found 0.25"));
    }

    @Test
    void allTrialsPromptedIsTheDefaultAndNoPartOfTheDigest() throws IOException {
        String digest = read(MINIMAL).digest();
        assertThat(read(MINIMAL).identity().keySet()).noneMatch(key -> key.contains("prompted"));
        assertThat(digestWith("sweep.evaluation.prompted=all")).isEqualTo(digest);
        assertThat(digestWith("sweep.evaluation.prompted=0.25")).isNotEqualTo(digest);
        assertThat(faults(MINIMAL.replace("tasks =", "evaluation { prompted = some }\n  tasks =")))
                .extracting(Fault::toString)
                .singleElement()
                .asString()
                .contains("sweep.evaluation.prompted: expected all, or a number from 0 to 1, found \"some\"");
    }

    @Test
    void theDigestFollowsWhatCanChangeARowAndNothingElse() throws IOException {
        String digest = read(MINIMAL).digest();

        assertThat(digestWith("sweep.output=/elsewhere")).isEqualTo(digest);
        assertThat(digestWith("sweep.execution.max-failed-fraction=0.5")).isEqualTo(digest);
        assertThat(digestWith("sweep.execution.tasks-per-wave=3")).isEqualTo(digest);
        assertThat(digestWith("sweep.demonstrations.seed=8")).isNotEqualTo(digest);
        assertThat(digestWith("sweep.execution.budget.hours=2")).isEqualTo(digest);
        assertThat(digestWith("sweep.execution.batch-trials=8")).isNotEqualTo(digest);
        assertThat(digestWith("sweep.execution.strict=true")).isNotEqualTo(digest);
        assertThat(digestWith("sweep.tasks=[{name = gaussian-clusters, sigma = 0.5}]"))
                .isNotEqualTo(digest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"seed = 5", "trained = none", "sha256 = abc"})
    void aKeyOfACheckpointBesideARandomModelIsRefused(String setting) {
        assertThat(faults(MINIMAL.replace("{ random {", "{ " + setting + ", random {")))
                .singleElement()
                .satisfies(fault -> {
                    assertThat(fault.key()).isEqualTo("sweep.models[0]." + setting.replaceAll(" .*", ""));
                    assertThat(fault.message()).contains("beside a block random { … }");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"seven", "\"7\"", "1.5", "[1]"})
    void theSeedOfARandomModelIsAWholeNumber(String seed) {
        assertThat(faults(MINIMAL.replace("seed = 1", "seed = " + seed)))
                .singleElement()
                .extracting(fault -> fault.key() + ": " + fault.message())
                .asString()
                .startsWith("sweep.models[0].random.seed: expected a whole number, found ");
    }

    @ParameterizedTest
    @CsvSource({"layers, num_hidden_layers = 3", "heads, num_attention_heads = 4", "vocab, vocab_size = 8"})
    void aFieldOfARandomModelIsGivenByOneOfItsNames(String name, String field) {
        assertThat(faults(MINIMAL.replace("seed = 1", field)))
                .singleElement()
                .extracting(fault -> fault.key() + ": " + fault.message())
                .isEqualTo("sweep.models[0].random.%s: expected one of %s and %s, found both; leave one out"
                        .formatted(name, name, field.replaceAll(" .*", "")));
    }

    @Test
    void aRandomModelOfNoTypeIsRefusedWithTheTypesThatAre() {
        assertThat(faults(MINIMAL.replace("model_type = linear_llama, ", "")))
                .singleElement()
                .extracting(fault -> fault.key() + ": " + fault.message())
                .asString()
                .startsWith("sweep.models[0].random.model_type: expected one of "
                        + Families.modelTypes().stream().sorted().collect(Collectors.joining(", ")));
    }

    @Test
    void theDigestFollowsTheContentOfModelsAndDataAndNotTheirPlace() throws IOException {
        String sweep = text("labels { zebra = \" z\", ape = \" a\", mule = \" m\" }");
        String digest = read(sweep).digest();

        Files.move(directory.resolve("train.jsonl"), directory.resolve("moved.jsonl"));
        String moved = sweep.replace("train.jsonl", "moved.jsonl");
        assertThat(read(moved).digest()).isEqualTo(digest);

        SmallCheckpoint.ofSeed(2).write(directory.resolve("models/tiny"));
        String retrained = read(moved).digest();
        assertThat(retrained).isNotEqualTo(digest);

        Files.writeString(directory.resolve("moved.jsonl"), rows("zebra", "ape", "ape", "mule"));
        assertThat(read(moved).digest()).isNotEqualTo(retrained);
    }

    /** A configuration that an earlier version resolved has it at its default, and gives the same ids. */
    @Test
    void theNumberOfTrialsOfAWaveIsNoKeyAnyMore() throws IOException {
        String earlier = MINIMAL.replace("output =", "execution { wave-trials = 4096 }\n  output =");
        assertThat(read(earlier).digest()).isEqualTo(read(MINIMAL).digest());
        assertThat(faults(earlier.replace("4096", "100")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.key()).isEqualTo("sweep.execution.wave-trials"))
                .satisfies(fault -> assertThat(fault.message())
                        .isEqualTo(
                                "expected no such key, as waves are cut by estimated work, found 100; leave it out"));
    }

    @Test
    void anObjectStoreIsRefused() {
        assertThat(faults(MINIMAL.replace("out/minimal", "\"gs://bucket/x\"")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.message()).contains("object store", "s3a://"));
    }

    @Test
    void anOutputThatDuckDbCouldNotReadIsRefused() {
        assertThat(faults(MINIMAL.replace("out/minimal", "\"back\\\\slash [1]\"")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.key()).isEqualTo("sweep.output"))
                .satisfies(
                        fault -> assertThat(fault.message())
                                .startsWith(
                                        "expected a directory without a backslash, or without *, ? and [, found back\\slash [1]"));
    }

    private String text(String labels) {
        return """
        sweep {
          name = animals
          models = [ { path = "models/tiny", dtypes = [float32, float64] } ]
          tasks = [ { name = animals, train = "train.jsonl", test = "test.jsonl",
                      template = "{text}:{label}\\n", %s } ]
          demonstrations { shots = [0] }
          output = "out/animals"
        }
        """.formatted(labels);
    }

    private static String rows(String... labels) {
        StringBuilder rows = new StringBuilder();
        for (String label : labels) {
            rows.append("{\"text\": \"I saw a %s today\", \"label\": \"%s\"}\n".formatted(label, label));
        }
        return rows.toString();
    }

    private String digestWith(String setting) throws IOException {
        return read(write(MINIMAL), List.of(setting), Map.of()).digest();
    }

    private List<Fault> faults(String text) {
        List<Fault> faults = new ArrayList<>();
        try {
            read(text);
        } catch (InputException e) {
            faults.addAll(e.faults());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return faults;
    }

    private SweepConfiguration<GridSpecification> read(String text) throws IOException {
        return read(write(text), List.of(), Map.of());
    }

    private SweepConfiguration<GridSpecification> read(
            Path file, List<String> settings, Map<String, String> variables) {
        Environment environment = Environment.of(variables, new InputFiles(List.of(directory)));
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.read(file, settings, environment);
        return plan.sweep();
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("sweep.conf"), text);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "featuremap = relu | sweep.models[0].random.featuremap | feature_map",
                "normaliser = false | sweep.models[0].random.normaliser | normalizer",
                "max_position_embeddings = many | sweep.models[0].random.max_position_embeddings | a whole number of at least 1, found",
                "conv_size = -1 | sweep.models[0].random.conv_size | at least 0, found -1",
                "n_layer = 3 | sweep.models[0].random.n_layer | num_hidden_layers"
            })
    void aFieldOfARandomModelThatItsTypeDoesNotHaveIsRefusedWithTheFieldsThatItHas(
            String field, String key, String message) {
        String random = "random { model_type = linear_llama, ";
        assertThat(faults(MINIMAL.replace(random, random + field + ", ")))
                .singleElement()
                .extracting(fault -> fault.key() + ": " + fault.message())
                .asString()
                .startsWith(key + ": expected")
                .contains(message);
    }
}
