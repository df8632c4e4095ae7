package org.iclsweep.sweep.experiment.grid;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.demonstration.SamplingPlan.Order;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.sweep.config.EarlierKeys;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.SweepKeys;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.table.Json;

/** The reader of the grid's blocks of a configuration, and of the block of a kind besides. */
public final class GridReader {
    static final String MODELS = "models";
    private static final String METHODS = "methods";
    static final String TASKS = "tasks";
    private static final String DEMONSTRATIONS = "demonstrations";
    private static final String EVALUATION = "evaluation";

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

            @Key(doc = ExecutionSpec.DOC, otherwise = "{}") Located execution) {}

    private static final Reader READER = new Reader();

    private final SweepDocument document;
    private final Section section;
    private final List<TaskSpec.Read> tasks;
    private final GridSpecification grid;
    private final Set<String> ofKind = new HashSet<>(Set.of(SweepKeys.KIND));

    /** @param converts true if the kind converts contexts, by the methods of the configuration */
    GridReader(SweepDocument document, boolean converts) {
        this.document = document;
        this.section = document.sweep();
        document.allowBlocks();
        InputFiles inputs = document.environment().inputs();
        List<Section> given = section.children(MODELS);
        List<ModelSpec> models = IntStream.range(0, given.size())
                .mapToObj(i -> ModelSpec.read(given.get(i), document.element(MODELS, i), inputs))
                .toList();
        List<MethodSpec> methods = converts ? methods() : List.of(MethodSpec.NOTHING);
        this.tasks = section.children(TASKS).stream()
                .map(task -> TaskSpec.read(task, inputs))
                .toList();
        this.grid = new GridSpecification(
                models,
                methods,
                tasks.stream().map(TaskSpec.Read::spec).toList(),
                section.child(DEMONSTRATIONS, DemonstrationSpec.class),
                section.child(EVALUATION, EvaluationSpec.class),
                section.child(ExecutionSpec.BLOCK, ExecutionSpec.class),
                0,
                null,
                null,
                0);
        requireDistinct(MODELS, models.stream().map(ModelSpec::name));
        requireDistinct(METHODS, methods.stream().map(MethodSpec::shown));
        requireDistinct(TASKS, grid.tasks().stream().map(TaskSpec::name));
        requireEpisodes();
        requireExamples();
        models.forEach(this::requireTasks);
        requireFromModels("template", "icl_template");
        requireFromModels("labels", "icl_labels");
        if (converts) {
            models.forEach(this::requireConvertible);
        } else if (section.scope().has(METHODS)) {
            fault(METHODS, "expected no methods for %s, which converts nothing, found some; leave them out", kind());
        }
    }

    /** The keys of all kinds on a grid, block by block, followed by those of one kind. */
    public static List<KeyBlock> keys(KeyBlock... ofKind) {
        Stream<KeyBlock> ofGrid = Stream.of(
                new KeyBlock("sweep", Keys.class),
                ModelSpec.keys(),
                MethodSpec.keys(),
                TaskSpec.keys(),
                new KeyBlock("sweep.demonstrations", DemonstrationSpec.class),
                new KeyBlock("sweep.evaluation", EvaluationSpec.class),
                new KeyBlock("sweep.execution", ExecutionSpec.class));
        return Stream.concat(ofGrid, Stream.of(ofKind)).toList();
    }

    public GridSpecification grid() {
        return grid;
    }

    /** The tasks of the grid; the task itself is only there if it has no fault. */
    public List<TaskSpec.Read> tasks() {
        return tasks;
    }

    /** The block that the kind has besides. */
    public <K extends Record> K own(String key, Class<K> type) {
        ofKind.add(key);
        return section.child(key, type);
    }

    /** Notes a fault of a key of the block {@code sweep}. */
    public void fault(String key, String problem, Object... values) {
        section.scope().fault(key, problem.formatted(values));
    }

    /** Notes the settings that a kind with a row for a set, without the answers to its queries, cannot have. */
    public void requireOneTrialOfEachSet() {
        if (grid.demonstrations().order() == Order.ALL_PERMUTATIONS) {
            fault(
                    DEMONSTRATIONS,
                    "order: expected sampled, by-label or reversed for %s, which has one trial for a set, found"
                            + " all-permutations; take another order",
                    kind());
        }
        if (grid.evaluation().predictions() || grid.evaluation().layers()) {
            fault(
                    EVALUATION,
                    "expected neither predictions nor layers for %s, which has no columns for them, found true; leave them out",
                    kind());
        }
    }

    /** Notes a part of the sets to be run prompted, of a kind that has no prompted run to leave out. */
    public void requireAllPrompted() {
        Double part = grid.evaluation().prompted();
        if (part != null) {
            fault(
                    EVALUATION,
                    "prompted: expected all for %s, which has no prompted run beside what it measures, found %s; leave it"
                            + " out",
                    kind(),
                    part);
        }
    }

    /** Notes methods other than the exact one, which alone appends contexts to states. */
    public void requireExact() {
        if (!grid.methods().equals(List.of(new MethodSpec(ExactConversion.NAME, Map.of())))) {
            fault(
                    METHODS,
                    "expected [ { name = iclca } ] alone for %s, as it is exact where contexts are appended to states, found"
                            + " other methods; leave them out",
                    kind());
        }
    }

    private String kind() {
        return "kind = " + section.resolved().get(SweepKeys.KIND);
    }

    /** The configuration of a grid with the settings of its kind. */
    SweepConfiguration<GridSpecification> configuration(GridSpecification specification) {
        Optional<Keys> keys = READER.read(Keys.class, section.scope(), ofKind);
        TaskFit.misfits(specification, tasks, (key, misfit) -> fault(key, "%s", misfit));
        document.faults().throwIfAny();
        SweepKeys sweep = keys.orElseThrow().sweep();
        section.keep(sweep);
        section.resolve(SweepKeys.OUTPUT, sweep.directory());
        section.identity().putAll(EarlierKeys.identity(EarlierKeys.WAVE_TRIALS));
        String resolved = Json.write(Map.of(SweepConfiguration.ROOT, section.resolved()));
        return sweep.configuration(specification, grid.execution(), resolved, section.identity());
    }

    /** The methods that are given; without any, the default. */
    private List<MethodSpec> methods() {
        return section.children(METHODS, Map.of("name", ExactConversion.NAME)).stream()
                .flatMap(method -> MethodSpec.read(method).stream())
                .toList();
    }

    private void requireDistinct(String key, Stream<String> names) {
        Set<String> seen = new HashSet<>();
        String advice = key.equals(METHODS) ? "leave one out" : "give one of them another `name`";
        names.filter(name -> !name.isEmpty() && !seen.add(name))
                .forEach(name -> fault(key, "expected none twice, found \"%s\" again; %s", name, advice));
    }

    private void requireEpisodes() {
        SamplingPlan plan = grid.samplingPlan();
        Set<String> faults = new LinkedHashSet<>();
        for (TaskSpec.Read read : tasks) {
            read.task()
                    .ifPresent(task -> read.spec()
                            .shots(grid.demonstrations())
                            .forEach(shots -> faults.addAll(EpisodeSampler.faults(task, plan, shots))));
        }
        faults.forEach(fault -> section.scope().fault(DEMONSTRATIONS, fault));
    }

    /** Notes methods that are fitted to more examples than a task has besides its longest demonstration sets. */
    private void requireExamples() {
        long most = grid.methods().stream()
                .mapToLong(method -> method.method().examples())
                .max()
                .orElse(0);
        for (TaskSpec.Read read : tasks) {
            int shots = read.spec().shots(grid.demonstrations()).stream()
                    .mapToInt(Integer::intValue)
                    .max()
                    .orElse(0);
            read.task()
                    .map(Task::available)
                    .filter(available -> most > 0 && available < shots + most)
                    .ifPresent(available -> fault(
                            METHODS,
                            "examples: expected at most %d for calibration = task, the demonstrations of the task %s less"
                                    + " %d shots, found %d; take fewer",
                            Math.max(0, available - shots),
                            read.spec().name(),
                            shots,
                            most));
        }
    }

    private void requireTasks(ModelSpec model) {
        List<String> names = grid.tasks().stream().map(TaskSpec::name).toList();
        model.tasks().stream()
                .filter(task -> !names.contains(task))
                .forEach(task -> fault(
                        MODELS,
                        "model %s: tasks: expected some of %s, found \"%s\"; name tasks of the sweep",
                        model.name(),
                        names,
                        task));
    }

    private void requireConvertible(ModelSpec model) {
        List<MethodSpec> methods =
                grid.methods().stream().filter(model::isConvertedBy).toList();
        if (methods.isEmpty() && !grid.methods().isEmpty()) {
            fault(
                    MODELS,
                    "model %s: methods: expected some of %s, found %s; name methods of the sweep",
                    model.name(),
                    grid.methods().stream().map(MethodSpec::name).distinct().toList(),
                    model.methods());
        }
        ModelFiles.layout(model)
                .ifPresent(layout -> methods.forEach(method -> method.method()
                        .obstacle(layout)
                        .ifPresent(obstacle ->
                                fault(METHODS, "model %s, method %s: %s", model.name(), method.name(), obstacle))));
    }

    /** Notes models that lack a field of config.json that tasks take their key from. */
    private void requireFromModels(String key, String field) {
        for (ModelSpec model : grid.models()) {
            String asking = grid.tasks().stream()
                    .filter(task -> model.isRunOn(task) && task.asksModelFor(key))
                    .map(TaskSpec::name)
                    .collect(Collectors.joining(", "));
            if (!asking.isEmpty() && !model.sha256().isEmpty() && !ModelFiles.names(model, field)) {
                fault(
                        TASKS,
                        "%s: expected %3$s in the config.json of the model %4$s for %1$s = model of %2$s, found none; write"
                                + " the %1$s in the task",
                        key,
                        asking,
                        field,
                        model.name());
            }
        }
    }
}
