package org.iclsweep.model.mixer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.jspecify.annotations.Nullable;

/** The state tensors of a model: each declaration by its name in a checkpoint, first layer first. */
public record StateLayout(Map<String, Entry> entries) {
    /** A state tensor of one module, whose name is empty for tensors of the whole model. */
    public record Entry(String module, StateTensor tensor) {
        /** The name in a checkpoint. */
        public String name() {
            return module.isEmpty() ? tensor.name() : module + "." + tensor.name();
        }
    }

    public StateLayout {
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /** The layout of {@code declared}, by module. */
    public static StateLayout of(Map<String, List<StateTensor>> declared) {
        return new StateLayout(Map.of()).with(declared);
    }

    /** This layout and the tensors of further modules. */
    public StateLayout with(Map<String, List<StateTensor>> declared) {
        Map<String, Entry> all = new LinkedHashMap<>(entries);
        declared.forEach((module, tensors) -> tensors.forEach(tensor -> {
            Entry entry = new Entry(module, tensor);
            all.put(entry.name(), entry);
        }));
        return new StateLayout(all);
    }

    /** The declaration of the tensor {@code name}. */
    public Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalStateException(name + ": expected a declared state tensor, found none of this name");
        }
        return entry;
    }

    /** The names of all tensors that {@code wanted} accepts. */
    public Set<String> names(Predicate<Entry> wanted) {
        return entries.values().stream()
                .filter(wanted)
                .map(Entry::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The name of the number of slots in use of the module that {@code entry} belongs to, null where it has none. */
    @Nullable String lengthOf(Entry entry) {
        String name = new Entry(entry.module(), StateTensor.LENGTH).name();
        return entries.containsKey(name) && entries.get(name).tensor().role() == Role.LENGTH ? name : null;
    }
}
