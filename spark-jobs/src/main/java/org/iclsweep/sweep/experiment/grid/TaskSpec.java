package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.task.TaskCatalogue;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.experiment.KeyBlock;

/**
 * A task of the sweep.
 *
 * @param parameters its keys in the order of the configuration, as plain texts, numbers, lists and maps, with absolute
 *     files: what {@link TaskCatalogue} takes
 * @param shots the shot counts of this task; empty for those of the block {@code demonstrations}
 * @param digest the digest of the task's content
 */
public record TaskSpec(String name, Map<String, Object> parameters, List<Integer> shots, String digest)
        implements Serializable {
    /** The value in the place of a template or label words that the model names. */
    public static final String FROM_MODEL = "model";

    /** The keys of a task that are the sweep's; all others are its parameters. */
    record Keys(
            @Key(
                    doc =
                            "A name of your own for a text task, or that of a generator. All other keys are the task's: see"
                                    + " docs/reference/datasets.md.")
            String name,

            @Key(
                    doc = "The shot counts of this task. Default: those of the block `demonstrations`.",
                    from = 0,
                    nonEmpty = true,
                    distinct = true)
            Optional<List<Integer>> shots) {}

    private static final String NAME = "name";
    private static final String SHOTS = "shots";

    public TaskSpec {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        shots = List.copyOf(shots);
    }

    /** Its own shot counts, or else those of {@code demonstrations}. */
    public List<Integer> shots(DemonstrationSpec demonstrations) {
        return shots.isEmpty() ? demonstrations.shots() : shots;
    }

    /**
     * Makes the task; reads its files, which are brought to this machine if they are elsewhere.
     *
     * @throws java.io.UncheckedIOException if they cannot be
     */
    public Task load() {
        return TaskCatalogue.create(
                name, here(Located.of(Place.of("task " + name), parameters)).plainBlock());
    }

    /** True if the template, or the label words, are those that the model names. */
    public boolean asksModelFor(String key) {
        return FROM_MODEL.equals(parameters.get(key));
    }

    /** The keys of a task, for the documentation. */
    static KeyBlock keys() {
        KeyBlock keys = new KeyBlock("sweep.tasks[]", Keys.class);
        return new KeyBlock(keys.path(), keys.tables(), TaskCatalogue.schema().and(keys.schema()));
    }

    /** A task as it was read; the task itself is only there if it has no fault. */
    public record Read(TaskSpec spec, Optional<Task> task) {}

    static Read read(Section section, InputFiles files) {
        Scope scope = section.scope();
        Set<String> given = scope.value().entries().keySet();
        Optional<Keys> keys = section.read(Keys.class, given.toArray(String[]::new));
        String name = scope.in(NAME).value().content() instanceof String text ? text : "";
        int before = scope.faults().count();
        Located located = InputFiles.inTask(scope.value(), (key, path) -> found(scope, key, path, files));
        Map<String, Object> parameters = located.without(NAME).without(SHOTS).plainBlock();
        parameters.forEach((key, value) -> {
            section.resolve(key, value);
            if (!InputFiles.OF_A_TASK.contains(key)) {
                section.identify(key, value.toString());
            }
        });
        Located local = scope.faults().count() == before ? here(located) : located;
        Optional<Task> task = name.isEmpty() && !scope.has(InputFiles.OF_A_TASK.get(0))
                ? Optional.empty()
                : TaskCatalogue.read(name, new Scope(scope.path(), local, scope.faults()), Set.of(SHOTS));
        String digest = task.map(Task::digest).orElse("");
        section.identify("content", digest);
        return new Read(new TaskSpec(name, parameters, keys.flatMap(Keys::shots).orElse(List.of()), digest), task);
    }

    /** The absolute name of a file, or its URI; notes one that is not there. */
    private static String found(Scope task, String key, String path, InputFiles files) {
        try {
            Optional<Path> found = files.find(path);
            if (found.isEmpty()) {
                task.fault(key, files.missing(path));
            }
            return found.isEmpty() || RemoteFiles.isRemote(path)
                    ? path
                    : found.get().toString();
        } catch (UncheckedIOException e) {
            task.fault(key, "expected a file that can be read, found \"%s\": %s".formatted(path, e.getCause()));
            return path;
        }
    }

    /** The block with the files as they are on this machine. */
    private static Located here(Located block) {
        return InputFiles.inTask(block, (key, path) -> RemoteFiles.local(path).toString());
    }
}
