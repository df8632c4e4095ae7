package org.iclsweep.sweep.experiment.grid;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.Serializable;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.sweep.config.ConfigurationSource;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.HoconTree;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.experiment.appended.AppendedContexts;
import org.iclsweep.sweep.experiment.appended.SearchSpec;
import org.iclsweep.sweep.experiment.metaoptimizer.FineTuningSpec;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's configuration, with every default filled in, every file found and every content digested.
 *
 * @param output where the tables go: an absolute directory, or a URI of a file system that can rename, or of S3
 * @param resolved the configuration as JSON that reads back to the same sweep
 * @param identity everything that can change a row, key by key: settings, digests of models and of tasks
 */
public record SweepConfiguration(
        String name,
        SweepKind kind,
        List<ModelSpec> models,
        List<MethodSpec> methods,
        List<TaskSpec> tasks,
        DemonstrationSpec demonstrations,
        EvaluationSpec evaluation,
        SearchSpec search,
        FineTuningSpec fineTuning,
        ExecutionSpec execution,
        String output,
        String resolved,
        SortedMap<String, String> identity)
        implements Serializable {
    static final String ROOT = "sweep";
    public static final Key<String> NAME =
            Key.required("name", ValueType.text(), "", "What the sweep is called, in its tables too.");
    public static final Key<SweepKind> KIND = Key.optional(
            "kind",
            ValueType.oneOf(SweepKind.class),
            SweepKind.CONVERSION,
            "What is measured. `conversion`: the exactness of prompts turned into weights. `influence`: what each"
                    + " demonstration of a set does. `order-sensitivity`: what its order does. `selection`: the best set"
                    + " and order out of a pool. `meta-optimizer`: learning in context against fine-tuning.");
    static final Key<List<ConfigObject>> MODELS =
            Key.required("models", ValueType.blocks(), List.of(), "The models, each in its precisions.");
    public static final Key<List<ConfigObject>> METHODS = Key.optional(
            "methods",
            ValueType.blocks(),
            List.of(ConfigFactory.parseMap(Map.of("name", "iclca")).root()),
            "The conversion methods. Default: `[ { name = iclca } ]`.");
    public static final Key<List<ConfigObject>> TASKS =
            Key.required("tasks", ValueType.blocks(), List.of(), "Where demonstrations and queries come from.");
    public static final Key<ConfigObject> DEMONSTRATIONS =
            block("demonstrations", "Which demonstration sets are tried.");
    public static final Key<ConfigObject> EVALUATION = block("evaluation", "What is measured after each set.");
    public static final Key<ConfigObject> SEARCH =
            block("search", "Which orders and sets are tried; of the kinds `order-sensitivity` and `selection` only.");
    public static final Key<ConfigObject> FINE_TUNING =
            block("fine-tuning", "What learning in context is compared with; of the kind `meta-optimizer` only.");
    static final Key<ConfigObject> EXECUTION = block("execution", "How the trials are put together and run.");
    public static final Key<String> OUTPUT = Key.required(
                    "output",
                    ValueType.text(),
                    "",
                    "The directory of the tables; a relative one stands in the current directory.")
            .withoutEffectOnRows();
    public static final List<Key<?>> KEYS = List.of(
            NAME, KIND, MODELS, METHODS, TASKS, DEMONSTRATIONS, EVALUATION, SEARCH, FINE_TUNING, EXECUTION, OUTPUT);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> OBJECT_STORES = Set.of("s3", "s3n", "gs", "abfs", "abfss", "wasb", "oss");

    public SweepConfiguration {
        models = List.copyOf(models);
        methods = List.copyOf(methods);
        tasks = List.copyOf(tasks);
        identity = Collections.unmodifiableSortedMap(new TreeMap<>(identity));
    }

    /**
     * Reads a file, with the settings of the command line on top.
     *
     * @throws InputException with every fault there is
     */
    public static SweepConfiguration read(Path file, List<String> settings) {
        return read(file, settings, Environment.ofThisProcess());
    }

    public static SweepConfiguration read(Path file, List<String> settings, Environment environment) {
        Faults faults = new Faults();
        ConfigObject root = new ConfigurationSource(file, settings, environment).load(faults);
        faults.throwIfAny();
        @Nullable ConfigValue block = root.get(ROOT);
        root.forEach((key, value) -> {
            if (!key.equals(ROOT)) {
                faults.add(
                        HoconTree.place(value),
                        key,
                        "expected the block sweep { … } alone, found " + key + "; move it into the block");
            }
        });
        if (!(block instanceof ConfigObject sweep)) {
            faults.add(HoconTree.place(root), ROOT, "is missing; expected a block sweep { … }");
            faults.throwIfAny();
            throw new IllegalStateException("unreachable: a fault was noted");
        }
        try {
            SweepConfiguration configuration = read(Section.root(ROOT, sweep, faults), environment);
            faults.throwIfAny();
            return configuration;
        } catch (InvalidPathException e) {
            faults.add(ConfigurationSource.ofFileName(file, e));
            throw new InputException(faults.found());
        }
    }

    private static SweepConfiguration read(Section section, Environment environment) {
        String name = section.get(NAME);
        SweepKind kind = section.get(KIND);
        section.allow(KEYS.stream().filter(key -> isOf(kind, key)).toList());
        List<ModelSpec> models = section.children(MODELS).stream()
                .map(model -> ModelSpec.read(model, environment.inputs()))
                .toList();
        List<MethodSpec> methods = kind.converts() ? methods(section) : List.of(MethodSpec.NOTHING);
        List<TaskSpec.Read> tasks = section.children(TASKS).stream()
                .map(task -> TaskSpec.read(task, environment.inputs()))
                .toList();
        DemonstrationSpec demonstrations = DemonstrationSpec.read(section.child(DEMONSTRATIONS));
        EvaluationSpec evaluation = EvaluationSpec.read(section.child(EVALUATION));
        SearchSpec search = kind.searches() ? SearchSpec.read(section.child(SEARCH), kind) : SearchSpec.NONE;
        FineTuningSpec fineTuning = kind == SweepKind.META_OPTIMIZER
                ? FineTuningSpec.read(section.child(FINE_TUNING))
                : FineTuningSpec.NONE;
        ExecutionSpec execution = ExecutionSpec.read(section.child(EXECUTION));
        String output = output(section);
        List<TaskSpec> specs = tasks.stream().map(TaskSpec.Read::spec).toList();
        requireDistinct(
                section, MODELS.name(), models.stream().map(ModelSpec::name).toList());
        requireDistinct(
                section, METHODS.name(), methods.stream().map(MethodSpec::shown).toList());
        requireDistinct(
                section, TASKS.name(), specs.stream().map(TaskSpec::name).toList());
        requireEpisodes(section, tasks, demonstrations, evaluation);
        requireTasks(section, models, specs);
        if (kind.appendsContexts()) {
            AppendedContexts.require(section, kind, methods, tasks, demonstrations, evaluation, search);
        }
        if (kind == SweepKind.META_OPTIMIZER) {
            fineTuning.require(section, tasks, demonstrations, evaluation);
        }
        requireModelTemplates(section, models, specs);
        if (kind.converts()) {
            requireConvertible(section, models, methods);
        }
        return new SweepConfiguration(
                name,
                kind,
                models,
                methods,
                specs,
                demonstrations,
                evaluation,
                search,
                fineTuning,
                execution,
                output,
                json(section.resolved()),
                section.identity());
    }

    private static boolean isOf(SweepKind kind, Key<?> key) {
        return (key != SEARCH || kind.searches()) && (key != FINE_TUNING || kind == SweepKind.META_OPTIMIZER);
    }

    private static List<MethodSpec> methods(Section section) {
        return section.children(METHODS).stream()
                .map(MethodSpec::read)
                .flatMap(List::stream)
                .toList();
    }

    /** How the demonstration sets of the trials and their queries are drawn; first come those that choose. */
    public SamplingPlan samplingPlan() {
        return demonstrations.samplingPlan(choosingQueries() + evaluation.queriesPerSet());
    }

    /** How many of a set's queries choose something, and judge nothing. */
    public int choosingQueries() {
        return switch (kind) {
            case SELECTION -> search.validationQueries();
            case META_OPTIMIZER -> fineTuning.validationQueries();
            default -> 0;
        };
    }

    /** How many demonstrations are drawn for a trial of so many shots: the pool, where it chooses them. */
    public int drawn(int shots) {
        return kind == SweepKind.SELECTION ? search.candidates() : shots;
    }

    /** The digest of everything that can change a row, 64 hexadecimal characters. */
    public String digest() {
        StringBuilder text = new StringBuilder();
        identity.forEach(
                (key, value) -> text.append(key).append('=').append(value).append('\n'));
        return Digest.of(text.toString());
    }

    public static String output(Section section) {
        String output = section.get(OUTPUT);
        @Nullable String scheme = output.contains("://") ? output.substring(0, output.indexOf("://")) : null;
        if (scheme != null && OBJECT_STORES.contains(scheme)) {
            section.fault(
                    OUTPUT.name(),
                    scheme + " is an object store, where a wave cannot be committed by one rename; take a directory of"
                            + " a file system, hdfs://, or s3a:// (docs/cluster.md)");
        }
        String resolved = scheme == null && !output.isEmpty()
                ? Path.of(output).toAbsolutePath().normalize().toString()
                : output;
        section.resolve(OUTPUT.name(), resolved);
        return resolved;
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
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(Map.of(ROOT, resolved)) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("plain values must be writable as JSON: " + resolved, e);
        }
    }

    private static Key<ConfigObject> block(String name, String meaning) {
        return Key.optional(name, ValueType.block(), ConfigFactory.empty().root(), meaning);
    }
}
