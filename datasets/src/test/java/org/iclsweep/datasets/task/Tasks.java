package org.iclsweep.datasets.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;

/** One task of every kind, for the laws that hold for all of them. */
public final class Tasks {
    public static final Path QUICKSTART_TRAIN = conf("quickstart_train.jsonl");
    public static final Path QUICKSTART_TEST = conf("quickstart_test.jsonl");
    public static final List<String> TOPICS = List.of("weather", "cooking", "travel", "music");

    private Tasks() {}

    public static Stream<Task> all() {
        return Stream.concat(classifications(), Stream.concat(Stream.of(questions()), tokensAndNumbers()));
    }

    public static Stream<Task> classifications() {
        return Stream.of(
                clusters(),
                generated("linear-classification", Map.of("noise", 0.1)),
                generated("patterns", Map.of()),
                topics(),
                with(topicsBlock(), "ways", 3).load());
    }

    private static Stream<Task> tokensAndNumbers() {
        return Stream.of(
                generated("linear-regression", Map.of("noise", 0.1)),
                generated("associative-recall", Map.of()),
                generated("induction", Map.of()),
                generated("random-tokens", Map.of("context-tokens", 32, "query-tokens", 4)));
    }

    /** Four clusters in eight dimensions with σ = 0.7. */
    public static Task clusters() {
        return generated("gaussian-clusters", Map.of());
    }

    /** The task of a generator with these parameters, the others at their defaults. */
    public static Task generated(String name, Map<String, Object> parameters) {
        return TaskCatalogue.create(name, parameters);
    }

    /** Forty questions with three choices each. */
    public static Task questions() {
        try {
            Path file = Files.createTempFile("questions", ".jsonl");
            String rows = IntStream.range(0, 40)
                    .mapToObj(i -> "{\"question\": \"%d?\", \"choices\": [\"%d\", \"none\", \"all\"], \"label\": %d}\n"
                            .formatted(i, i, i % 3))
                    .collect(Collectors.joining());
            Files.writeString(file, rows);
            Task task = with(text("questions", file, file, List.of()), "choices", "choices")
                    .load();
            Files.delete(file);
            return task;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Task topics() {
        return topicsBlock().load();
    }

    public static TaskBlock topicsBlock() {
        return text("topics", QUICKSTART_TRAIN, QUICKSTART_TEST, TOPICS);
    }

    /** The block of a text task; without labels, they are those of the training file. */
    public static TaskBlock text(String name, Path train, Path test, List<String> labels) {
        TaskBlock block = new TaskBlock(name, Map.of("train", train.toString(), "test", test.toString()));
        return labels.isEmpty() ? block : with(block, "labels", labels);
    }

    /** The block with another key. */
    public static TaskBlock with(TaskBlock block, String key, Object value) {
        Map<String, Object> parameters = new LinkedHashMap<>(block.parameters());
        parameters.put(key, value);
        return new TaskBlock(block.name(), parameters);
    }

    /** The training rows of a text task in the file's order. */
    public static List<Demonstration> trainingRows(Task task) {
        return inOrder(task.draw(1, (int) task.available(), Sampling.UNIFORM, 0).demonstrations());
    }

    /** The test rows of a text task in the file's order. */
    static List<Demonstration> testRows(Task task) {
        return inOrder(
                task.draw(1, 0, Sampling.UNIFORM, (int) task.availableQueries()).queries());
    }

    private static List<Demonstration> inOrder(List<Demonstration> rows) {
        return rows.stream().sorted(Comparator.comparingLong(Demonstration::id)).toList();
    }

    /** A file with these lines, each ended by a line feed. */
    static Path file(Path directory, String name, String... lines) {
        try {
            return Files.writeString(directory.resolve(name), String.join("\n", lines) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path conf(String file) {
        Path fromModule = Path.of("../conf/data").resolve(file);
        return Files.exists(fromModule) ? fromModule : Path.of("conf/data").resolve(file);
    }
}
