package org.iclsweep.datasets.task;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.iclsweep.datasets.fault.Scope;

/**
 * Every kind of task by its name in a configuration. A new task is one file and one line here.
 *
 * <p>A task's kind is its key {@code type}; without it, its name if that is the name of a generator,
 * {@code choice-text} if it has {@code choices}, {@code few-shot-text} if it has {@code ways}, {@code text} if it has
 * {@code train} or {@code test}. So text tasks are named freely.
 */
public final class TaskCatalogue {
    static final List<TaskKind<?>> KINDS = List.of(
            TaskKind.generator("associative-recall", AssociativeRecall.class),
            ChoiceTask.KIND,
            FewShotTextTask.KIND,
            TaskKind.generator("gaussian-clusters", GaussianClusters.class),
            TaskKind.generator("induction", Induction.class),
            TaskKind.generator("linear-classification", LinearClassification.class),
            TaskKind.generator("linear-regression", LinearRegression.class),
            TaskKind.generator("patterns", PatternTask.class),
            TaskKind.generator("random-tokens", RandomTokens.class),
            TextTask.KIND);

    /** The kinds that have keys which no other has. */
    private static final List<TaskKind<?>> KNOWN_BY_KEYS =
            List.of(ChoiceTask.KIND, FewShotTextTask.KIND, TextTask.KIND);

    private static final String NAME = "name";
    private static final String TYPE = "type";

    private TaskCatalogue() {}

    /** The kinds of tasks there are. */
    public static SortedSet<String> kinds() {
        return KINDS.stream().map(TaskKind::name).collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * The task with these parameters; reads its files.
     *
     * @param name its name; the key {@code name} in the parameters is let pass
     * @param parameters plain values: texts, numbers, lists and maps, as an unwrapped configuration has them
     * @throws InputException with every fault of the parameters, or else of the files
     */
    public static Task create(String name, Map<String, Object> parameters) {
        Faults faults = new Faults();
        Scope scope = new Scope("", Located.of(Place.of("task " + name), parameters), faults);
        Optional<Task> task = read(name, scope, Set.of());
        faults.throwIfAny();
        return task.orElseThrow();
    }

    /**
     * The task of a block in which {@code others} are read by someone else; nothing after its faults have been noted.
     */
    public static Optional<Task> read(String name, Scope scope, Set<String> others) {
        Set<String> read = new HashSet<>(others);
        read.addAll(Set.of(NAME, TYPE));
        String kind = kind(name, scope);
        Optional<TaskKind<?>> found =
                KINDS.stream().filter(known -> known.name().equals(kind)).findFirst();
        if (found.isEmpty()) {
            scope.fault(
                    scope.has(TYPE) ? TYPE : NAME,
                    "expected one of the kinds of tasks %s, or the keys train and test, found \"%s\"; name a kind, or add the files"
                            .formatted(String.join(", ", kinds()), kind));
        }
        return found.flatMap(known -> known.read(name, scope, read));
    }

    private static String kind(String name, Scope scope) {
        if (scope.has(TYPE)) {
            return String.valueOf(scope.in(TYPE).value().content());
        }
        if (scope.has("choices")) {
            return ChoiceTask.KIND.name();
        }
        if (scope.has("ways")) {
            return FewShotTextTask.KIND.name();
        }
        return scope.has("train") || scope.has("test") ? TextTask.KIND.name() : name;
    }

    /** The schema of a task's block, for editors. */
    public static JsonSchema schema() {
        return JsonSchema.anyOf(KINDS.stream().map(TaskCatalogue::schema).toList());
    }

    /** The schema of a task of one kind, which its keys tell, else {@code type}, or the name. */
    private static JsonSchema schema(TaskKind<?> kind) {
        JsonSchema name = JsonSchema.constant(kind.name());
        JsonSchema schema = kind.schema()
                .titled(kind.name())
                .property(NAME, JsonSchema.TEXT)
                .property(TYPE, name);
        return KNOWN_BY_KEYS.contains(kind)
                ? schema
                : schema.with(
                        "anyOf",
                        List.of(
                                JsonSchema.ANY.requiring(TYPE).keywords(),
                                JsonSchema.ANY
                                        .property(NAME, name)
                                        .requiring(NAME)
                                        .keywords()));
    }

    /** The tables of the parameters of every kind, for the documentation. */
    public static String markdown() {
        return KINDS.stream().map(TaskKind::markdown).collect(Collectors.joining());
    }
}
