package org.iclsweep.sweep.experiment.grid;

import com.typesafe.config.ConfigValue;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.task.TaskCatalogue;
import org.iclsweep.sweep.config.HoconTree;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;
import org.jspecify.annotations.Nullable;

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
    /** What stands for a template or label words that the model names. */
    public static final String FROM_MODEL = "model";

    static final Key<String> NAME = Key.required(
            "name",
            ValueType.text(),
            "",
            "A name of your own for a text task, or that of a generator. All other keys are the task's: see"
                    + " docs/datasets.md.");
    static final Key<List<Integer>> SHOTS = Key.optional(
            "shots",
            ValueType.listOf(ValueType.wholeNumberFrom(0)),
            List.of(),
            "The shot counts of this task. Default: those of the block `demonstrations`.");
    public static final List<Key<?>> KEYS = List.of(NAME, SHOTS);
    private static final List<String> FILES = List.of("train", "test");

    public TaskSpec {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        shots = List.copyOf(shots);
    }

    /** Its own shot counts, or else those of {@code demonstrations}. */
    public List<Integer> shots(DemonstrationSpec demonstrations) {
        return shots.isEmpty() ? demonstrations.shots() : shots;
    }

    /**
     * Makes the task; reads its files, which are brought to this machine if they stand elsewhere.
     *
     * @throws java.io.UncheckedIOException if they cannot be
     */
    public Task load() {
        return TaskCatalogue.create(name, here(parameters));
    }

    /** The parameters with the files as they are on this machine. */
    private static Map<String, Object> here(Map<String, Object> parameters) {
        Map<String, Object> local = new LinkedHashMap<>(parameters);
        for (String file : FILES) {
            if (parameters.get(file) instanceof String path && RemoteFiles.isRemote(path)) {
                local.put(file, RemoteFiles.local(path).toString());
            }
        }
        return local;
    }

    /** Whether the template, or the label words, are those that the model names. */
    public boolean asksModelFor(String key) {
        return FROM_MODEL.equals(parameters.get(key));
    }

    /** What was read of a task: the task itself is only there if it has no fault. */
    public record Read(TaskSpec spec, Optional<Task> task) {}

    static Read read(Section section, InputFiles files) {
        String name = section.get(NAME);
        Map<String, Object> parameters = HoconTree.of(section.block()).plainBlock();
        parameters.remove(NAME.name());
        parameters.remove(SHOTS.name());
        List<Integer> shots = section.has(SHOTS.name()) ? section.get(SHOTS) : List.of();
        for (String file : FILES) {
            locate(file, parameters, section, files);
        }
        parameters.forEach((key, value) -> {
            section.resolve(key, value);
            if (!FILES.contains(key)) {
                section.identify(key, value.toString());
            }
        });
        Optional<Task> task = name.isEmpty() ? Optional.empty() : load(name, parameters, section);
        String digest = task.map(Task::digest).orElse("");
        section.identify("content", digest);
        return new Read(new TaskSpec(name, parameters, shots, digest), task);
    }

    private static void locate(String key, Map<String, Object> parameters, Section section, InputFiles files) {
        @Nullable ConfigValue value = section.block().get(key);
        if (value == null || !(value.unwrapped() instanceof String path)) {
            return; // the catalogue says what is wrong with it
        }
        try {
            Optional<Path> found = files.find(path);
            if (found.isEmpty()) {
                section.fault(key, files.missing(path));
            }
            boolean here = !RemoteFiles.isRemote(path) && found.isPresent();
            parameters.put(key, here ? found.get().toString() : path);
        } catch (UncheckedIOException e) {
            section.fault(key, "cannot be read: " + e.getCause());
        }
    }

    private static Optional<Task> load(String name, Map<String, Object> parameters, Section section) {
        for (String file : FILES) {
            if (parameters.get(file) instanceof String path && !isThere(path)) {
                return Optional.empty(); // noted already
            }
        }
        try {
            return Optional.of(TaskCatalogue.create(name, here(parameters)));
        } catch (InputException e) {
            e.faults().forEach(fault -> blame(fault, section));
        }
        return Optional.empty();
    }

    private static boolean isThere(String path) {
        try {
            return Files.exists(RemoteFiles.local(path));
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** Notes a fault of a key there, one of a file at the task. */
    private static void blame(Fault fault, Section section) {
        if (fault.key().isEmpty()) {
            section.fault("", fault.toString());
        } else {
            section.fault(fault.key(), fault.message());
        }
    }
}
