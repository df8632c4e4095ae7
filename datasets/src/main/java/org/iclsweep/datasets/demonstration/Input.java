package org.iclsweep.datasets.demonstration;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The input of an example, an immutable value: equal when its content is equal. */
public sealed interface Input permits Input.Text, Input.Vector, Input.Tokens {

    /** Named pieces of text, as they stand in the data; the fields are kept sorted by name. */
    record Text(Map<String, String> fields) implements Input {
        public Text {
            fields = Collections.unmodifiableMap(new TreeMap<>(fields));
        }
    }

    /** A vector [dimension]. */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, equal by content
    record Vector(double[] values) implements Input {
        public Vector {
            values = values.clone();
        }

        @Override
        public double[] values() {
            return values.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Vector that && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "Vector" + Arrays.toString(values);
        }
    }

    /** Token ids [length] of a task that has a vocabulary of its own. */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, equal by content
    record Tokens(int[] ids) implements Input {
        public Tokens {
            ids = ids.clone();
        }

        @Override
        public int[] ids() {
            return ids.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Tokens that && Arrays.equals(ids, that.ids);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(ids);
        }

        @Override
        public String toString() {
            return "Tokens" + Arrays.toString(ids);
        }
    }
}
