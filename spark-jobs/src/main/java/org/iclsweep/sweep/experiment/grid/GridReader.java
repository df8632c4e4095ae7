package org.iclsweep.sweep.experiment.grid;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.SweepKeys;
import org.iclsweep.sweep.experiment.KeyBlock;

/** The reader of the grid's blocks of a configuration. */
public final class GridReader {
    /** The key of the conversion methods. */
    public static final String METHODS = "methods";
    /** The key of the tasks. */
    public static final String TASKS = "tasks";
    /** The key of the demonstration sets. */
    public static final String DEMONSTRATIONS = "demonstrations";
    /** The key of the measurements. */
    public static final String EVALUATION = "evaluation";

    private static final String MODELS = "models";

    /** The keys of the block {@code sweep} that every kind on a grid has; its parts are read by their own records. */
    record Keys(
            @Inline SweepKeys sweep,

            @Key(doc = "The models, each in its precisions.", nonEmpty = true)
            List<Located> models,

            @Key(doc = "The conversion methods.", nonEmpty = true, otherwise = "[{name: 'iclca'}]")
            List<Located> methods,

            @Key(doc = "The sources of demonstrations and queries.", nonEmpty = true)
            List<Located> tasks,

            @Key(doc = "The demonstration sets.", otherwise = "{}")
            Located demonstrations,

            @Key(doc = "The measurements after each set.", otherwise = "{}")
            Located evaluation,

            @Key(doc = "Batches, waves and task slots.", otherwise = "{}")
            Located execution) {}

    private static final Reader READER = new Reader();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Section section;
    private final List<TaskSpec.Read> tasks;
    private final GridSpecification grid;

    private GridReader(SweepDocument document, boolean converts) {
        this.section = document.sweep();
        document.allowBlocks();
        InputFiles inputs = document.environment().inputs();
        List<Section> given = section.children(MODELS);
        List<ModelSpec> models = IntStream.range(0, given.size())
                .mapToObj(i -> ModelSpec.read(given.get(i), document.element(MODELS, i), inputs))
                .toList();
        List<MethodSpec> methods = converts ? methods(section) : List.of(MethodSpec.NOTHING);
        this.tasks = section.children(TASKS).stream()
                .map(task -> TaskSpec.read(task, inputs))
                .toList();
        this.grid = new GridSpecification(
                models,
                methods,
                tasks.stream().map(TaskSpec.Read::spec).toList(),
                section.child(DEMONSTRATIONS, DemonstrationSpec.class),
                section.child(EVALUATION, EvaluationSpec.class),
                section.child("execution", ExecutionSpec.class),
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
                new KeyBlock("sweep", Keys.class),
                ModelSpec.keys(),
                MethodSpec.keys(),
                TaskSpec.keys(),
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
    public <S extends OnGrid> SweepConfiguration<S> configuration(S specification, String... ofKind) {
        Optional<Keys> keys = READER.read(Keys.class, section.scope(), Set.of(ofKind));
        section.scope().faults().throwIfAny();
        SweepKeys sweep = keys.orElseThrow().sweep();
        section.keep(sweep);
        sweep.resolve(section);
        return new SweepConfiguration<>(
                sweep.name(),
                sweep.kind(),
                specification,
                grid.execution(),
                sweep.directory(),
                json(section.resolved()),
                section.identity());
    }

    private void check() {
        List<ModelSpec> models = grid.models();
        requireDistinct(section, MODELS, models.stream().map(ModelSpec::name).toList());
        requireDistinct(
                section, METHODS, grid.methods().stream().map(MethodSpec::shown).toList());
        requireDistinct(
                section, TASKS, grid.tasks().stream().map(TaskSpec::name).toList());
        requireEpisodes(section, tasks, grid.demonstrations(), grid.evaluation());
        requireTasks(section, models, grid.tasks());
        requireModelTemplates(section, models, grid.tasks());
    }

    private static List<MethodSpec> methods(Section section) {
        return given(section).children(METHODS).stream()
                .map(MethodSpec::read)
                .flatMap(List::stream)
                .toList();
    }

    /** The block {@code sweep} with methods: without any, the default. */
    private static Section given(Section section) {
        Scope sweep = section.scope();
        if (sweep.has(METHODS)) {
            return section;
        }
        Located exact = Located.of(sweep.value().place(), List.of(Map.of("name", ExactConversion.NAME)));
        Scope filled = new Scope(sweep.path(), sweep.value().with(METHODS, exact), sweep.faults());
        return new Section(filled, section.resolved(), section.identity());
    }

    private static void requireDistinct(Section section, String key, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!name.isEmpty() && !seen.add(name)) {
                String advice = key.equals(METHODS) ? "leave one out" : "give one of them another `name`";
                section.scope().fault(key, "expected none twice, found \"" + name + "\" again; " + advice);
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
        faults.forEach(fault -> section.scope().fault(DEMONSTRATIONS, fault));
    }

    private static void requireTasks(Section section, List<ModelSpec> models, List<TaskSpec> tasks) {
        List<String> names = tasks.stream().map(TaskSpec::name).toList();
        for (ModelSpec model : models) {
            for (String task : model.tasks()) {
                if (!names.contains(task)) {
                    section.scope()
                            .fault(
                                    MODELS,
                                    "the model %s is to be run on a task \"%s\", expected one of %s"
                                            .formatted(model.name(), task, names));
                }
            }
        }
    }

    private static void requireConvertible(Section section, List<ModelSpec> models, List<MethodSpec> methods) {
        for (ModelSpec model : models) {
            if (!methods.isEmpty() && methods.stream().noneMatch(model::isConvertedBy)) {
                section.scope()
                        .fault(
                                MODELS,
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
                                    .ifPresent(obstacle -> section.scope()
                                            .fault(
                                                    METHODS,
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
                    section.scope()
                            .fault(
                                    TASKS,
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
}
