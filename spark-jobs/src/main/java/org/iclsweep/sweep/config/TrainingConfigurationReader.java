package org.iclsweep.sweep.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.datasets.task.TaskCatalogue;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.model.training.TrainingConfiguration;
import org.jspecify.annotations.Nullable;

/** Reads the configuration of a training: one block {@code training { … }}, with every fault in one message. */
public final class TrainingConfigurationReader {
    public static final String ROOT = "training";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Environment environment;
    private final Reader reader;

    private TrainingConfigurationReader(Environment environment) {
        this.environment = environment;
        this.reader = new Reader()
                .with(
                        File.class,
                        "the path of a file",
                        JsonSchema.TEXT,
                        scope -> file(scope).map(Path::toFile))
                .with(
                        ObjectNode.class,
                        "a block { model_type, … }",
                        Families.schema(),
                        TrainingConfigurationReader::model)
                .with(TaskBlock.class, "a block { name, … }", TaskCatalogue.schema(), this::task);
    }

    /**
     * Reads a file, with the settings of the command line on top.
     *
     * @throws org.iclsweep.datasets.fault.InputException with every fault there is
     */
    public static ResolvedTraining read(Path file, List<String> settings) {
        return read(file, settings, Environment.ofThisProcess());
    }

    public static ResolvedTraining read(Path file, List<String> settings, Environment environment) {
        Faults faults = new Faults();
        ConfigObject root = new ConfigurationSource(file, settings, environment).load(faults);
        faults.throwIfAny();
        Optional<ResolvedTraining> read = read(HoconTree.block(root, ROOT, faults), ROOT, environment, faults);
        faults.throwIfAny();
        return read.orElseThrow();
    }

    /** Reads a block that is none of a file's own, as a variant of a sweep; nothing after its faults. */
    public static Optional<ResolvedTraining> read(
            ConfigObject training, String path, Environment environment, Faults faults) {
        return new TrainingConfigurationReader(environment)
                .reader
                .read(TrainingConfiguration.class, new Scope(path, HoconTree.of(training), faults))
                .map(read -> new ResolvedTraining(read, resolved(training, environment)));
    }

    /** The JSON Schema of the block, for editors. */
    public static JsonSchema schema() {
        return new TrainingConfigurationReader(Environment.ofThisProcess()).reader.schema(TrainingConfiguration.class);
    }

    /** The tables of the keys, for the documentation. */
    public static String markdown() {
        return new TrainingConfigurationReader(Environment.ofThisProcess())
                .reader.markdown(ROOT, TrainingConfiguration.class);
    }

    /** The configuration as it was read, with {@code ${data}} for the directory of the data sets. */
    private static String resolved(ConfigObject training, Environment environment) {
        String text = training.atKey(ROOT)
                .root()
                .render(ConfigRenderOptions.defaults()
                        .setOriginComments(false)
                        .setComments(false)
                        .setJson(false));
        return environment
                .data()
                .map(data -> text.replace("\"" + data, "${data}\""))
                .orElse(text);
    }

    private Optional<Path> file(Scope scope) {
        if (!(scope.value().content() instanceof String given) || given.isBlank()) {
            scope.fault("expected the path of a file, found " + scope.value().shown());
            return Optional.empty();
        }
        try {
            Optional<Path> found = environment.inputs().find(given);
            if (found.isEmpty()) {
                scope.fault(environment.inputs().missing(given));
            }
            return found;
        } catch (InvalidPathException e) {
            scope.fault("expected the path of a file, found " + scope.value().shown() + ": " + e.getReason());
            return Optional.empty();
        }
    }

    private static Optional<ObjectNode> model(Scope scope) {
        if (!scope.value().isBlock()) {
            scope.fault(
                    "expected a block { model_type, … }, found " + scope.value().shown());
            return Optional.empty();
        }
        ObjectNode model = JSON.valueToTree(scope.value().plainBlock());
        try {
            Architecture.of(model);
        } catch (ModelException e) {
            e.faults().forEach(fault -> scope.fault(fault.key(), fault.message()));
        }
        return Optional.of(model);
    }

    /** The task's parameters, with its files where they are; made once to find its faults. */
    private Optional<TaskBlock> task(Scope scope) {
        Located block = InputFiles.inTask(scope.value(), (key, path) -> {
            Optional<Path> found = environment.inputs().find(path);
            if (found.isEmpty()) {
                scope.fault(key, environment.inputs().missing(path));
            }
            return found.map(Path::toString).orElse(path);
        });
        @Nullable Located given = block.get("name");
        String name = given == null ? "" : String.valueOf(given.content());
        TaskBlock task = new TaskBlock(name, block.plainBlock());
        return TaskCatalogue.read(name, new Scope(scope.path(), block, scope.faults()), Set.of())
                .map(sound -> task);
    }
}
