package org.iclsweep.datasets.task;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.iclsweep.datasets.template.PromptTemplate;

/**
 * Every kind of task by its name in a configuration. A new task is one file and one line here.
 *
 * <p>A task's kind is its key {@code type}; without it, its name if that is the name of a generator,
 * {@code few-shot-text} if it has {@code ways}, {@code text} if it has {@code train} or {@code test}. So text tasks are
 * named freely.
 */
public final class TaskCatalogue {
    private static final String TEXT = "text";
    private static final String FEW_SHOT_TEXT = "few-shot-text";
    private static final Map<String, Function<TaskParameters, Task>> FACTORIES = new TreeMap<>(Map.of(
            "gaussian-clusters",
            TaskCatalogue::gaussianClusters,
            "linear-classification",
            TaskCatalogue::linearClassification,
            "linear-regression",
            TaskCatalogue::linearRegression,
            "associative-recall",
            TaskCatalogue::associativeRecall,
            "induction",
            TaskCatalogue::induction,
            "patterns",
            TaskCatalogue::patterns,
            "random-tokens",
            TaskCatalogue::randomTokens,
            TEXT,
            TaskCatalogue::text,
            FEW_SHOT_TEXT,
            TaskCatalogue::fewShotText));

    private TaskCatalogue() {}

    /** The kinds of tasks there are. */
    public static SortedSet<String> kinds() {
        return new TreeSet<>(FACTORIES.keySet());
    }

    /** The task with these parameters, files relative to the working directory. */
    public static Task create(String name, Map<String, Object> parameters) {
        return create(name, parameters, Path.of(""));
    }

    /**
     * The task with these parameters; reads its files.
     *
     * @param name its name; the key {@code name} in the parameters is let pass
     * @param parameters plain values: strings, numbers, lists and maps, as an unwrapped configuration has them
     * @param base what relative files are relative to
     * @throws DataFaults with everything that is wrong with the parameters, or else with the files
     */
    public static Task create(String name, Map<String, Object> parameters, Path base) {
        TaskParameters asked = new TaskParameters(name, new HashMap<>(parameters), base);
        asked.ignore("name");
        String kind = asked.string("type", kind(name, asked));
        Function<TaskParameters, Task> factory = FACTORIES.get(kind);
        if (factory == null) {
            throw new DataFaults(
                    List.of("task %s: found no such kind of task \"%s\", expected one of %s, or train and test files"
                            .formatted(name, kind, kinds())));
        }
        return factory.apply(asked);
    }

    private static String kind(String name, TaskParameters asked) {
        if (asked.has("ways")) {
            return FEW_SHOT_TEXT;
        }
        return asked.has("train") || asked.has("test") ? TEXT : name;
    }

    private static Task gaussianClusters(TaskParameters asked) {
        int classes = asked.integer("classes", 4);
        int dimension = asked.integer("dimension", 8);
        double sigma = asked.number("sigma", 0.7);
        return asked.make(() -> new GaussianClusters(asked.task(), classes, dimension, sigma));
    }

    private static Task linearClassification(TaskParameters asked) {
        int dimension = asked.integer("dimension", 8);
        double noise = asked.number("noise", 0);
        return asked.make(() -> new LinearClassification(asked.task(), dimension, noise));
    }

    private static Task linearRegression(TaskParameters asked) {
        int dimension = asked.integer("dimension", 8);
        double noise = asked.number("noise", 0);
        return asked.make(() -> new LinearRegression(asked.task(), dimension, noise));
    }

    private static Task associativeRecall(TaskParameters asked) {
        int keys = asked.integer("keys", 32);
        int values = asked.integer("values", 32);
        int keysInUse = asked.integer("keys-in-use", 8);
        return asked.make(() -> new AssociativeRecall(asked.task(), keys, values, keysInUse));
    }

    private static Task induction(TaskParameters asked) {
        int vocabulary = asked.integer("vocabulary", 45);
        int contextTokens = asked.integer("context-tokens", 64);
        return asked.make(() -> new Induction(asked.task(), vocabulary, contextTokens));
    }

    private static Task randomTokens(TaskParameters asked) {
        int contextTokens = asked.integer("context-tokens", 512);
        int queryTokens = asked.integer("query-tokens", 16);
        int vocabulary = asked.integer("vocabulary", 256);
        return asked.make(() -> new RandomTokens(asked.task(), contextTokens, queryTokens, vocabulary));
    }

    private static Task patterns(TaskParameters asked) {
        PatternTask.Parameters defaults = PatternTask.Parameters.DEFAULTS;
        int dimension = asked.integer("dimension", defaults.dimension());
        int relevant = asked.integer("relevant", defaults.relevant());
        int irrelevant = asked.integer("irrelevant", defaults.irrelevant());
        double relevantNorm = asked.number("relevant-norm", defaults.relevantNorm());
        double irrelevantNorm = asked.number("irrelevant-norm", defaults.irrelevantNorm());
        double kappa = asked.number("kappa", defaults.kappa());
        double alpha = asked.number("alpha", defaults.alpha());
        List<Integer> shifts = asked.integers("shifts");
        List<Double> coefficients = asked.numbers("coefficients");
        long basisSeed = asked.longInteger("basis-seed", defaults.basisSeed());
        return asked.make(() -> new PatternTask(
                asked.task(),
                new PatternTask.Parameters(
                        dimension,
                        relevant,
                        irrelevant,
                        relevantNorm,
                        irrelevantNorm,
                        kappa,
                        alpha,
                        shifts,
                        coefficients,
                        basisSeed)));
    }

    private static Task text(TaskParameters asked) {
        TextTaskSource source = source(asked);
        return asked.make(() -> TextTask.load(source));
    }

    private static Task fewShotText(TaskParameters asked) {
        int ways = asked.integer("ways", 5);
        TextTaskSource source = source(asked);
        return asked.make(() -> FewShotTextTask.load(source, ways));
    }

    private static TextTaskSource source(TaskParameters asked) {
        Path train = asked.file("train");
        Path test = asked.file("test");
        String labelColumn = asked.string("label-column", TextTaskSource.LABEL_COLUMN);
        List<String> labels = asked.names("labels");
        List<String> classes = asked.strings("classes");
        int maxWords = asked.integer("max-words", 0);
        if (maxWords < 0) {
            asked.fault("max-words", Integer.toString(maxWords), "0 (uncut) or more");
        }
        return new TextTaskSource(
                asked.task(), train, test, labelColumn, labels, classes, fields(asked), Math.max(0, maxWords));
    }

    /** The fields that the task's template names; none without a template, or with the model's. */
    private static List<String> fields(TaskParameters asked) {
        String template = asked.string("template", "model");
        if (template.equals("model")) {
            return List.of();
        }
        try {
            return List.copyOf(PromptTemplate.parse(template).fields());
        } catch (IllegalArgumentException e) {
            asked.fault("template", String.valueOf(e.getMessage()), "a template such as \"{text} ->{label}\\n\"");
            return List.of();
        }
    }
}
