package org.iclsweep.sweep.experiment.grid;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.experiment.KeyBlock;

/** The reader of the grid's blocks of a configuration. */
public final class GridReader {
    public static final Key<List<ConfigObject>> MODELS =
            Key.required("models", ValueType.blocks(), List.of(), "The models, each in its precisions.");
    public static final Key<List<ConfigObject>> METHODS = Key.optional(
            "methods",
            ValueType.blocks(),
            List.of(ConfigFactory.parseMap(Map.of("name", "iclca")).root()),
            "The conversion methods. Default: `[ { name = iclca } ]`.");
    public static final Key<List<ConfigObject>> TASKS =
            Key.required("tasks", ValueType.blocks(), List.of(), "The sources of demonstrations and queries.");
    public static final Key<ConfigObject> DEMONSTRATIONS = block("demonstrations", "The demonstration sets.");
    public static final Key<ConfigObject> EVALUATION = block("evaluation", "The measurements after each set.");
    public static final Key<ConfigObject> EXECUTION = block("execution", "Batches, waves and task slots.");

    /** The keys of the block {@code sweep} that every kind on a grid has. */
    private static final List<Key<?>> KEYS = List.of(
            SweepConfiguration.NAME,
            SweepConfiguration.KIND,
            MODELS,
            METHODS,
            TASKS,
            DEMONSTRATIONS,
            EVALUATION,
            EXECUTION,
            SweepConfiguration.OUTPUT);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Section section;
    private final List<TaskSpec.Read> tasks;
    private final GridSpecification grid;

    private GridReader(SweepDocument document, boolean converts) {
        this.section = document.sweep();
        document.allowBlocks();
        InputFiles inputs = document.environment().inputs();
        List<ModelSpec> models = section.children(MODELS).stream()
                .map(model -> ModelSpec.read(model, inputs))
                .toList();
        List<MethodSpec> methods = converts ? methods(section) : List.of(MethodSpec.NOTHING);
        this.tasks = section.children(TASKS).stream()
                .map(task -> TaskSpec.read(task, inputs))
                .toList();
        this.grid = new GridSpecification(
                models,
                methods,
                tasks.stream().map(TaskSpec.Read::spec).toList(),
                section.child(DEMONSTRATIONS).read(DemonstrationSpec.class).orElse(DemonstrationSpec.DEFAULTS),
                section.child(EVALUATION).read(EvaluationSpec.class).orElse(EvaluationSpec.DEFAULTS),
                section.child(EXECUTION).read(ExecutionSpec.class).orElse(ExecutionSpec.DEFAULTS),
                0,
                null);
        check();
        if (converts) {
            requireConvertible(section, models, methods);
        }
    }

    /** Reads the grid of a sweep that converts contexts. */
    public static GridReader converting(SweepDocument document) {
        return new GridReader(document, true);
    }

    /** Reads the grid of a sweep without conversions. */
    public static GridReader withoutMethods(SweepDocument document) {
        return new GridReader(document, false);
    }

    /** The keys of all kinds on a grid, block by block, followed by those of one kind. */
    public static List<KeyBlock> keys(KeyBlock... ofKind) {
        List<KeyBlock> blocks = new ArrayList<>(List.of(
                new KeyBlock("sweep", KEYS),
                new KeyBlock("sweep.models[]", ModelSpec.KEYS),
                MethodSpec.keys(),
                new KeyBlock("sweep.tasks[]", TaskSpec.Keys.class),
                new KeyBlock("sweep.demonstrations", DemonstrationSpec.class),
                new KeyBlock("sweep.evaluation", EvaluationSpec.class),
                new KeyBlock("sweep.execution", ExecutionSpec.class)));
        blocks.addAll(Arrays.asList(ofKind));
        return blocks;
    }

    /** The grid as it was read. */
    public GridSpecification grid() {
        return grid;
    }

    /** The block {@code sweep}, for the keys of a kind. */
    public Section section() {
        return section;
    }

    /** The tasks of the grid; the task itself is only there if it has no fault. */
    public List<TaskSpec.Read> tasks() {
        return tasks;
    }

    /**
     * The configuration with this specification.
     *
     * @param ofKind the keys of the block {@code sweep} that the kind has besides
     */
    public <S extends OnGrid> SweepConfiguration<S> configuration(S specification, Key<?>... ofKind) {
        section.allow(Stream.concat(KEYS.stream(), Arrays.stream(ofKind)).toList());
        return new SweepConfiguration<>(
                section.get(SweepConfiguration.NAME),
                section.get(SweepConfiguration.KIND),
                specification,
                grid.execution(),
                SweepConfiguration.output(section),
                json(section.resolved()),
                section.identity());
    }

    private void check() {
        List<ModelSpec> models = grid.models();
        requireDistinct(
                section, MODELS.name(), models.stream().map(ModelSpec::name).toList());
        requireDistinct(
                section,
                METHODS.name(),
                grid.methods().stream().map(MethodSpec::shown).toList());
        requireDistinct(
                section, TASKS.name(), grid.tasks().stream().map(TaskSpec::name).toList());
        requireEpisodes(section, tasks, grid.demonstrations(), grid.evaluation());
        requireTasks(section, models, grid.tasks());
        requireModelTemplates(section, models, grid.tasks());
    }

    private static List<MethodSpec> methods(Section section) {
        return section.children(METHODS).stream()
                .map(MethodSpec::read)
                .flatMap(List::stream)
                .toList();
    }

    private static void requireDistinct(Section section, String key, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!name.isEmpty() && !seen.add(name)) {
                String advice = key.equals(METHODS.name()) ? "leave one out" : "give one of them another `name`";
                section.fault(key, "\"" + name + "\" stands there twice; " + advice);
            }
        }
    }

    private static void requireEpisodes(
            Section section, List<TaskSpec.Read> tasks, DemonstrationSpec demonstrations, EvaluationSpec evaluation) {
        SamplingPlan plan = demonstrations.samplingPlan(evaluation.queriesPerSet());
        Set<String> faults = new LinkedHashSet<>();
        for (TaskSpec.Read read : tasks) {
            Optional<Task> task = read.task();
            for (int shots : read.spec().shots(demonstrations)) {
                task.ifPresent(present -> faults.addAll(EpisodeSampler.faults(present, plan, shots)));
            }
        }
        faults.forEach(fault -> section.fault(DEMONSTRATIONS.name(), fault));
    }

    private static void requireTasks(Section section, List<ModelSpec> models, List<TaskSpec> tasks) {
        List<String> names = tasks.stream().map(TaskSpec::name).toList();
        for (ModelSpec model : models) {
            for (String task : model.tasks()) {
                if (!names.contains(task)) {
                    section.fault(
                            MODELS.name(),
                            "the model %s is to be run on a task \"%s\", expected one of %s"
                                    .formatted(model.name(), task, names));
                }
            }
        }
    }

    private static void requireConvertible(Section section, List<ModelSpec> models, List<MethodSpec> methods) {
        for (ModelSpec model : models) {
            if (!methods.isEmpty() && methods.stream().noneMatch(model::isConvertedBy)) {
                section.fault(
                        MODELS.name(),
                        "the model %s is to be converted by %s, of which the sweep has none: expected some of %s"
                                .formatted(
                                        model.name(),
                                        model.methods(),
                                        methods.stream()
                                                .map(MethodSpec::name)
                                                .distinct()
                                                .toList()));
            }
            ModelFiles.layout(model)
                    .ifPresent(layout -> methods.stream()
                            .filter(model::isConvertedBy)
                            .forEach(method -> method.method()
                                    .obstacle(layout)
                                    .ifPresent(obstacle -> section.fault(
                                            METHODS.name(),
                                            "model %s, method %s: %s"
                                                    .formatted(model.name(), method.name(), obstacle)))));
        }
    }

    private static void requireModelTemplates(Section section, List<ModelSpec> models, List<TaskSpec> tasks) {
        for (String[] pair : new String[][] {{"template", "icl_template"}, {"labels", "icl_labels"}}) {
            for (ModelSpec model : models) {
                List<String> asking = new ArrayList<>();
                tasks.stream()
                        .filter(task -> model.isRunOn(task) && task.asksModelFor(pair[0]))
                        .forEach(task -> asking.add(task.name()));
                if (!asking.isEmpty() && !model.sha256().isEmpty() && !ModelFiles.names(model, pair[1])) {
                    section.fault(
                            TASKS.name(),
                            "%s = model of %s, but the model %s has no %s in its config.json"
                                    .formatted(pair[0], String.join(", ", asking), model.name(), pair[1]));
                }
            }
        }
    }

    private static String json(Map<String, Object> resolved) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(Map.of(SweepConfiguration.ROOT, resolved))
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("plain values must be writable as JSON: " + resolved, e);
        }
    }

    /** A key whose value is a block, empty by default. */
    public static Key<ConfigObject> block(String name, String doc) {
        return Key.optional(name, ValueType.block(), ConfigFactory.empty().root(), doc);
    }
}
