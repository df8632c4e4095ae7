package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TaskCatalogueTest {
    static Stream<String> generators() {
        return TaskCatalogue.KINDS.stream().map(TaskKind::name).filter(name -> !name.contains("text"));
    }

    @ParameterizedTest
    @MethodSource("generators")
    void everyGeneratorIsMadeFromItsNameAlone(String name) {
        Task task = TaskCatalogue.create(name, Map.of("name", name));
        assertThat(task.name()).isEqualTo(name);
        assertThat(task.draw(1, 1, Sampling.BALANCED, 2).queries()).hasSize(2);
        assertThat(TaskCatalogue.kinds()).contains(name);
    }

    @Test
    void parametersReachTheirTask() {
        assertThat(generator("gaussian-clusters", Map.of("classes", 2, "dimension", 3, "sigma", 1)))
                .isEqualTo(new GaussianClusters(2, 3, 1));
        assertThat(generator("linear-classification", Map.of("dimension", 3, "noise", 0.5)))
                .isEqualTo(new LinearClassification(3, 0.5));
        assertThat(generator("linear-regression", Map.of("dimension", 3.0, "noise", 0.5)))
                .isEqualTo(new LinearRegression(3, 0.5));
        assertThat(generator("associative-recall", Map.of("keys", 9, "values", 7, "keys-in-use", 5)))
                .isEqualTo(new AssociativeRecall(9, 7, 5));
        assertThat(generator("induction", Map.of("vocabulary", 9, "context-tokens", 7)))
                .isEqualTo(new Induction(9, 7));
        assertThat(generator("random-tokens", Map.of("context-tokens", 7, "query-tokens", 2, "vocabulary", 9)))
                .isEqualTo(new RandomTokens(7, 2, 9));
        Map<String, Object> patterns =
                Map.of("alpha", 0.6, "shifts", List.of(1, 2), "coefficients", List.of(0.8, 1), "basis-seed", 3L);
        assertThat(generator("patterns", patterns))
                .isEqualTo(new PatternTask(30, 6, 24, 2, 1, 0.5, 0.6, 3, List.of(1, 2), List.of(0.8, 1.0)));
    }

    private static Generator generator(String name, Map<String, Object> parameters) {
        return ((GeneratedTask) create(name, parameters)).generator();
    }

    @Test
    void aGeneratorWithATypeCanHaveAnyName() {
        Task task = create("hard", Map.of("type", "gaussian-clusters", "sigma", 2));
        assertThat(task.name()).isEqualTo("hard");
        assertThat(task.digest())
                .isEqualTo(create("gaussian-clusters", Map.of("sigma", 2)).digest());
    }

    @Test
    void textTasksAreNamedFreelyAndTakeLabelsFromAListOrABlockInItsOrder() {
        Map<String, Object> words = new LinkedHashMap<>();
        Tasks.TOPICS.forEach(topic -> words.put(topic, " " + topic));
        Map<String, Object> parameters = text();
        parameters.put("labels", words);
        parameters.put("template", "{text} ->{label}\n");
        Task block = create("small-talk", parameters);
        assertThat(block.name()).isEqualTo("small-talk");
        assertThat(block.digest()).isEqualTo(Tasks.topics().digest());
        parameters.put("labels", Tasks.TOPICS);
        assertThat(create("small-talk", parameters).digest()).isEqualTo(block.digest());
        parameters.put("labels", "model");
        parameters.put("template", "model");
        assertThat(create("small-talk", parameters).labels()).containsExactly("cooking", "music", "travel", "weather");
        parameters.put("classes", List.of("travel", "music"));
        parameters.put("max-words", 3);
        assertThat(create("small-talk", parameters).digest())
                .isEqualTo(Tasks.with(
                                Tasks.with(Tasks.topicsBlock(), "classes", List.of("travel", "music")), "max-words", 3)
                        .load()
                        .digest());
    }

    @Test
    void waysMakeAFewShotTask() {
        Map<String, Object> parameters = text();
        parameters.put("ways", 3);
        parameters.put("classes", List.of("travel", "music", "weather"));
        Task task = create("unseen", parameters);
        assertThat(task).isInstanceOf(FewShotTextTask.class);
        assertThat(task.labels()).hasSize(3);
    }

    @Test
    void everyFaultOfTheParametersIsReportedAtOnce() {
        faults(
                "gaussian-clusters",
                Map.of("classes", "four", "sigma", true, "dimension", 2.5, "sgima", 1),
                "task gaussian-clusters: sgima: expected one of the keys classes, dimension, sigma, name, type, found the unknown key"
                        + " sgima; write sigma",
                "task gaussian-clusters: classes: expected a whole number of at least 2, found \"four\"",
                "task gaussian-clusters: dimension: expected a whole number of at least 1, found 2.5",
                "task gaussian-clusters: sigma: expected a number of at least 0, found true");
        faults(
                "sst2",
                Map.of("train", 5, "ways", 2, "template", "{text}", "labels", 3, "max-words", -1),
                "task sst2: train: expected the path of a file, found 5",
                "task sst2: test: expected the path of a file, found nothing; add the key",
                "task sst2: labels: expected a list of texts, a block { label = words, … }, or model, found 3",
                "task sst2: max-words: expected a whole number of at least 0, found -1",
                "task sst2: template: expected {label} once, in the place of the answer, found none in the template \"{text}\"; write one such as \"{text} ->{label}\\n\"");
        faults(
                "patterns",
                Map.of("shifts", List.of("a"), "basis-seed", 1.5),
                "task patterns: basis-seed: expected a whole number, found 1.5",
                "task patterns: shifts[0]: expected a whole number of at least 1, found \"a\"");
        faults(
                "sst9",
                Map.of(),
                "task sst9: name: expected one of the kinds of tasks associative-recall, choice-text, few-shot-text, gaussian-clusters,"
                        + " induction, linear-classification, linear-regression, patterns, random-tokens, text, or the keys"
                        + " train and test, found \"sst9\"; name a kind, or add the files");
    }

    @Test
    void faultsOfTheFilesComeThrough() {
        faults(
                "none",
                Map.of("train", "no-train.jsonl", "test", "no-test.csv"),
                "no-train.jsonl: expected a data file, found no such file",
                "no-test.csv: expected a data file, found no such file");
    }

    private static Map<String, Object> text() {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("train", Tasks.QUICKSTART_TRAIN.toString());
        parameters.put("test", Tasks.QUICKSTART_TEST.toString());
        return parameters;
    }

    private static Task create(String name, Map<String, Object> parameters) {
        return TaskCatalogue.create(name, parameters);
    }

    private static void faults(String name, Map<String, Object> parameters, String... faults) {
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> create(name, parameters))
                .satisfies(
                        e -> assertThat(e.faults().stream().map(Fault::toString).toList())
                                .containsExactly(faults));
    }
}
