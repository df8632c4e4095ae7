package org.iclsweep.datasets.task;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of one task as they stand in a configuration. Every key is asked for once, with its type and default;
 * what does not fit is collected, and so is a key that nobody asked for.
 */
final class TaskParameters {
    private final String task;
    private final Map<String, Object> values;
    private final Path base;
    private final Set<String> known = new TreeSet<>();
    private final DataFaults.Collector faults = new DataFaults.Collector();

    TaskParameters(String task, Map<String, Object> values, Path base) {
        this.task = task;
        this.values = values;
        this.base = base;
    }

    String task() {
        return task;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /** Lets a key pass that somebody else reads. */
    void ignore(String key) {
        known.add(key);
    }

    int integer(String key, int otherwise) {
        Object value = ask(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number && number.doubleValue() == number.intValue()) {
            return number.intValue();
        }
        wrong(key, value, "an integer");
        return otherwise;
    }

    long longInteger(String key, long otherwise) {
        Object value = ask(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        wrong(key, value, "an integer");
        return otherwise;
    }

    double number(String key, double otherwise) {
        Object value = ask(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        wrong(key, value, "a number");
        return otherwise;
    }

    String string(String key, String otherwise) {
        Object value = ask(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof String text) {
            return text;
        }
        wrong(key, value, "a string");
        return otherwise;
    }

    /** A file, relative to the configuration's base directory; it must be given. */
    Path file(String key) {
        Object value = ask(key);
        if (value == null) {
            fault(key, "nothing", "the path of a file");
        } else if (value instanceof String text) {
            try {
                return base.resolve(text);
            } catch (InvalidPathException e) {
                wrong(key, value, "the path of a file");
            }
        } else {
            wrong(key, value, "the path of a file");
        }
        return base;
    }

    List<String> strings(String key) {
        return list(key, String.class, "a list of strings");
    }

    List<Integer> integers(String key) {
        return list(key, Integer.class, "a list of integers");
    }

    List<Double> numbers(String key) {
        return list(key, Number.class, "a list of numbers").stream()
                .map(Number::doubleValue)
                .toList();
    }

    /** Names in their order: a list, or the keys of a block; the word {@code model} and nothing at all are no names. */
    List<String> names(String key) {
        Object value = ask(key);
        if (value instanceof Map<?, ?> block) {
            return block.keySet().stream().map(String::valueOf).toList();
        }
        return value == null || "model".equals(value) ? List.of() : strings(key);
    }

    private <T> List<T> list(String key, Class<T> type, String expected) {
        Object value = ask(key);
        List<T> list = new ArrayList<>();
        if (value instanceof List<?> elements && elements.stream().allMatch(type::isInstance)) {
            elements.forEach(element -> list.add(type.cast(element)));
        } else if (value != null) {
            wrong(key, value, expected);
        }
        return list;
    }

    private @Nullable Object ask(String key) {
        known.add(key);
        return values.get(key);
    }

    private void wrong(String key, Object value, String expected) {
        fault(key, value instanceof String ? "\"" + value + "\"" : String.valueOf(value), expected);
    }

    void fault(String key, String found, String expected) {
        faults.add(where(key), found, expected);
    }

    private String where(String key) {
        return "task " + task + ", " + key;
    }

    /**
     * Makes the task, unless there are faults; a generator's complaint about its parameters becomes one.
     *
     * @throws DataFaults with all of them
     */
    Task make(Supplier<Task> maker) {
        for (String key : new TreeSet<>(values.keySet())) {
            if (!known.contains(key)) {
                faults.add(where(key), "an unknown key", "one of " + known);
            }
        }
        faults.check();
        try {
            return maker.get();
        } catch (IllegalArgumentException e) {
            throw new DataFaults(List.of("task " + task + ": " + e.getMessage()));
        }
    }
}
