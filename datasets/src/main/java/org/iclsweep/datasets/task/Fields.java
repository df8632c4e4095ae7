package org.iclsweep.datasets.task;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fields of a row as texts, with the faults of those that are none. */
final class Fields {
    private Fields() {}

    /** The text of a field; null after its fault has been noted. */
    static @Nullable String text(String field, String where, Map<String, RawRows.RawValue> values, DataFaults faults) {
        RawRows.RawValue value = values.get(field);
        if (value == null) {
            faults.add(where, "no field \"" + field + "\" among " + values.keySet(), "it in every row");
            return null;
        }
        return text(field, where, value, faults);
    }

    /** The text of a value of this name; null after its fault has been noted. */
    static @Nullable String text(String name, String where, RawRows.RawValue value, DataFaults faults) {
        if (value.text() == null) {
            faults.add(where, value.type() + " in the field \"" + name + "\"", "a string");
            return null;
        }
        if (!PlainText.isWellFormed(value.text())) {
            faults.add(where, "half of a surrogate pair in the field \"" + name + "\"", "whole characters");
            return null;
        }
        if (value.text().length() > PlainText.LONGEST) {
            String found =
                    "%s characters in the field \"%s\"".formatted(value.text().length(), name);
            faults.add(where, found, "at most " + PlainText.LONGEST);
            return null;
        }
        return value.text();
    }
}
