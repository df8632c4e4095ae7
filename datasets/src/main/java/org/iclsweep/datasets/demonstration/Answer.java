package org.iclsweep.datasets.demonstration;

import java.util.List;

/** The answer of an example, an immutable value: equal when its content is equal. */
public sealed interface Answer permits Answer.Label, Answer.Choice, Answer.Value, Answer.Tokens, Answer.None {

    /** A class, as an index into the task's labels. */
    record Label(int index) implements Answer {
        public Label {
            if (index < 0) {
                throw new IllegalArgumentException("expected a label's index of at least 0, found " + index);
            }
        }
    }

    /**
     * One of the example's own choices, such as the endings of a sentence.
     *
     * @param texts the choices, at least two, in their order
     * @param index the place of the right one
     */
    record Choice(List<String> texts, int index) implements Answer {
        public Choice {
            texts = List.copyOf(texts);
            if (texts.size() < 2 || index < 0 || index >= texts.size()) {
                throw new IllegalArgumentException(
                        "expected at least two choices and the place of one, found %s and %s".formatted(texts, index));
            }
        }

        /** The right choice, which replaces {@code {label}} in a demonstration. */
        public String text() {
            return texts.get(index);
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
