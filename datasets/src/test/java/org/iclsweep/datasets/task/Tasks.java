package org.iclsweep.datasets.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** One task of every kind, for the laws that hold for all of them. */
public final class Tasks {
    public static final Path QUICKSTART_TRAIN = conf("quickstart_train.jsonl");
    public static final Path QUICKSTART_TEST = conf("quickstart_test.jsonl");
    public static final List<String> TOPICS = List.of("weather", "cooking", "travel", "music");

    private Tasks() {}

    public static Stream<Task> all() {
        return Stream.concat(classifications(), tokensAndNumbers());
    }

    public static Stream<Task> classifications() {
        return Stream.of(
                new GaussianClusters(4, 8, 0.7),
                new LinearClassification(8, 0.1),
                new PatternTask(PatternTask.Parameters.DEFAULTS),
                topics(),
                FewShotTextTask.load(topicsSource(), 3));
    }

    private static Stream<Task> tokensAndNumbers() {
        return Stream.of(
                new LinearRegression(8, 0.1),
                new AssociativeRecall(32, 32, 8),
                new Induction(45, 64),
                new RandomTokens(32, 4, 256));
    }

    public static TextTask topics() {
        return TextTask.load(topicsSource());
    }

    public static TextTaskSource topicsSource() {
        return TextTaskSource.of("topics", QUICKSTART_TRAIN, QUICKSTART_TEST, TOPICS);
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
