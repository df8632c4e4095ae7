package org.iclsweep.datasets.demonstration;

import java.util.Arrays;

/** The answer of an example, an immutable value: equal when its content is equal. */
public sealed interface Answer permits Answer.Label, Answer.Value, Answer.Tokens, Answer.None {

    /** A class, as an index into the task's labels. */
    record Label(int index) implements Answer {
        public Label {
            if (index < 0) {
                throw new IllegalArgumentException("a label's index cannot be negative: " + index);
            }
        }
    }

    /** The target of a regression [outputs]. */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, equal by content
    record Value(double[] values) implements Answer {
        public Value {
            values = values.clone();
        }

        @Override
        public double[] values() {
            return values.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Value that && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "Value" + Arrays.toString(values);
        }
    }

    /** The tokens that follow the input [length]. */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, equal by content
    record Tokens(int[] ids) implements Answer {
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

    /** No answer: the input is plain context. */
    record None() implements Answer {}
}
