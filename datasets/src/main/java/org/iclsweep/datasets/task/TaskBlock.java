package org.iclsweep.datasets.task;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The block of a task in a configuration: what {@link TaskCatalogue} makes the task of.
 *
 * @param parameters its keys in the order of the file, as plain texts, numbers, lists and maps
 */
public record TaskBlock(String name, Map<String, Object> parameters) implements Serializable {
    public TaskBlock {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /** Makes the task; reads its files. */
    public Task load() {
        return TaskCatalogue.create(name, parameters);
    }
}
