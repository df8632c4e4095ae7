package org.iclsweep.datasets.task;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.jspecify.annotations.Nullable;

/** The checked rows of a file whose examples have choices of their own. */
final class ChoiceRows implements RawRows {
    private static final String TEXT = "text";
    private static final String KEY = "label";

    private final ChoiceTask.Parameters parameters;
    private final DataFaults faults;
    private final List<Demonstration> rows = new ArrayList<>();
    private List<String> fields;

    private ChoiceRows(ChoiceTask.Parameters parameters, DataFaults faults) {
        this.parameters = parameters;
        this.faults = faults;
        this.fields = parameters.template().fields();
    }

    /** The rows of a file, a folder or a pattern of shards; rows with a fault are left out and reported. */
    static List<Demonstration> read(Path file, ChoiceTask.Parameters parameters, DataFaults faults) {
        ChoiceRows rows = new ChoiceRows(parameters, faults);
        DataFiles.read(file, faults, rows);
        return rows.rows;
    }

    /** Choices with the keys by which the right one is named. */
    private record Choices(List<String> texts, List<String> keys) {}

    @Override
    public void row(long row, String where, Map<String, RawValue> values) {
        if (fields.isEmpty()) {
            Set<String> others = new HashSet<>(parameters.choices().names());
            others.add(parameters.gold());
            fields = values.keySet().stream()
                    .filter(name -> !others.contains(name))
                    .toList();
        }
        int before = faults.count();
        Map<String, String> texts = new HashMap<>();
        for (String field : fields) {
            String text = Fields.text(field, where, values, faults);
            if (text != null) {
                texts.put(field, text);
            }
        }
        Choices choices = choices(where, values);
        int gold = choices == null ? -1 : gold(where, values, choices);
        if (choices != null && gold >= 0 && faults.count() == before) {
            rows.add(new Demonstration(row, new Input.Text(texts), new Answer.Choice(choices.texts(), gold)));
        }
    }

    private @Nullable Choices choices(String where, Map<String, RawValue> values) {
        List<String> columns = parameters.choices().names();
        int before = faults.count();
        Choices found = columns.size() > 1 ? eachInAField(where, values, columns) : inOneField(where, values);
        if (faults.count() > before || found == null) {
            return null;
        }
        if (found.texts().size() < 2 || found.texts().contains("")) {
            faults.add(where, found.texts() + " in " + columns, "at least two choices, none of them empty");
            return null;
        }
        return withGivenKeys(where, found);
    }

    private Choices eachInAField(String where, Map<String, RawValue> values, List<String> columns) {
        List<String> texts = new ArrayList<>();
        for (String column : columns) {
            String text = Fields.text(column, where, values, faults);
            if (text != null) {
                texts.add(text);
            }
        }
        return new Choices(texts, indices(texts.size()));
    }

    private @Nullable Choices inOneField(String where, Map<String, RawValue> values) {
        String column = parameters.choices().names().get(0);
        RawValue value = values.get(column);
        if (value == null) {
            faults.add(where, "no field \"" + column + "\" among " + values.keySet(), "it in every row");
            return null;
        }
        RawValue texts = value.fields().get(TEXT);
        if (texts != null) {
            // { text = [...], label = [...] }
            List<String> found = texts(column, where, texts.elements());
            RawValue keys = value.fields().get(KEY);
            return new Choices(found, keys == null ? indices(found.size()) : texts(column, where, keys.elements()));
        }
        if (!value.elements().isEmpty() && value.elements().get(0).fields().containsKey(TEXT)) {
            // [{ text, label }, …]
            List<String> found = texts(column, where, part(value, TEXT));
            boolean named = value.elements().get(0).fields().containsKey(KEY);
            return new Choices(found, named ? texts(column, where, part(value, KEY)) : indices(found.size()));
        }
        if (value.elements().isEmpty()) {
            faults.add(where, value.type() + " in the field \"" + column + "\"", "a list of choices");
            return null;
        }
        List<String> found = texts(column, where, value.elements());
        return new Choices(found, indices(found.size()));
    }

    private static List<RawValue> part(RawValue list, String name) {
        RawValue none = RawValue.scalar(null, "no " + name);
        return list.elements().stream()
                .map(element -> element.fields().getOrDefault(name, none))
                .toList();
    }

    private List<String> texts(String column, String where, List<RawValue> values) {
        List<String> texts = new ArrayList<>();
        for (RawValue value : values) {
            String text = Fields.text(column, where, value, faults);
            if (text != null) {
                texts.add(text);
            }
        }
        return texts;
    }

    private static List<String> indices(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    private @Nullable Choices withGivenKeys(String where, Choices found) {
        List<String> keys = parameters.choiceKeys().isEmpty() ? found.keys() : parameters.choiceKeys();
        int count = found.texts().size();
        if (keys.size() < count || parameters.choiceKeys().isEmpty() && keys.size() > count) {
            faults.add(where, count + " choices and the keys " + keys, "a key for each");
            return null;
        }
        return new Choices(found.texts(), keys.subList(0, count));
    }

    private int gold(String where, Map<String, RawValue> values, Choices choices) {
        String gold = Fields.text(parameters.gold(), where, values, faults);
        if (gold == null) {
            return -1;
        }
        int index = choices.keys().indexOf(gold);
        RawValue value = values.get(parameters.gold());
        if (index < 0 && value != null && value.className() != null) {
            index = choices.keys().indexOf(value.className());
        }
        if (index < 0) {
            faults.add(
                    where,
                    "\"%s\" in the field \"%s\"".formatted(gold, parameters.gold()),
                    "the right choice by one of the keys " + choices.keys());
        }
        return index;
    }
}
