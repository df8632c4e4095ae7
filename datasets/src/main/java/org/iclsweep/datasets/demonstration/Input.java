package org.iclsweep.datasets.demonstration;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The input of an example, an immutable value: equal when its content is equal. */
public sealed interface Input permits Input.Text, Input.Vector, Input.Tokens {

    /** Named pieces of text, as in the data; the fields are kept sorted by name. */
    record Text(Map<String, String> fields) implements Input {
        public Text {
            fields = Collections.unmodifiableMap(new TreeMap<>(fields));
        }
    }

    /** A vector [dimension]. */
    final class Vector extends Numbers implements Input {
        public Vector(double[] values) {
            super(values);
        }
    }

    /** Token ids [length] of a task that has a vocabulary of its own. */
    final class Tokens extends TokenIds implements Input {
        public Tokens(int[] ids) {
            super(ids);
        }
    }
}
