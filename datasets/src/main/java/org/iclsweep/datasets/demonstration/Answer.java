package org.iclsweep.datasets.demonstration;

/** The answer of an example, an immutable value: equal when its content is equal. */
public sealed interface Answer permits Answer.Label, Answer.Value, Answer.Tokens, Answer.None {

    /** A class, as an index into the task's labels. */
    record Label(int index) implements Answer {
        public Label {
            if (index < 0) {
                throw new IllegalArgumentException("expected a label's index of at least 0, found " + index);
            }
        }
    }

    /** The target of a regression [outputs]. */
    final class Value extends Numbers implements Answer {
        public Value(double[] values) {
            super(values);
        }
    }

    /** The tokens that follow the input [length]. */
    final class Tokens extends TokenIds implements Answer {
        public Tokens(int[] ids) {
            super(ids);
        }
    }

    /** No answer: the input is plain context. */
    record None() implements Answer {}
}
