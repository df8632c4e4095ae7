package org.iclsweep.datasets.task;

import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Scope;

/**
 * A kind of task: its name in configurations, the record of its parameters, and its constructor.
 *
 * @param make the task of a name and parameters; throws {@link InputException} with the faults of its files
 */
record TaskKind<P extends Record>(String name, Class<P> parameters, BiFunction<String, P, Task> make) {
    /** A kind of task without files. */
    static <G extends Record & Generator> TaskKind<G> generator(String name, Class<G> type) {
        return new TaskKind<>(name, type, (task, generator) -> new GeneratedTask(task, name, generator));
    }

    /**
     * The task of a block in which {@code others} are read by someone else; nothing after faults have been noted. Its
     * files are opened where the block has no fault.
     */
    Optional<Task> read(String task, Scope scope, Set<String> others) {
        Optional<P> read = TextTaskSource.READER.read(parameters, scope, others);
        try {
            return read.filter(sound -> !scope.hasFaults()).map(sound -> make.apply(task, sound));
        } catch (InputException e) {
            scope.faults().addAll(e.faults());
            return Optional.empty();
        }
    }

    /** The schema of the parameters, for editors. */
    JsonSchema schema() {
        return TextTaskSource.READER.schema(parameters);
    }

    /** The table of the parameters, for the documentation. */
    String markdown() {
        return TextTaskSource.READER.markdown("sweep.tasks[] (type = %s)".formatted(name), parameters);
    }
}
