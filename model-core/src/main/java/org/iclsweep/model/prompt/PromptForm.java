package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.template.PromptTemplate;
import org.jspecify.annotations.Nullable;

/** The form in which examples are put into a prompt. */
public interface PromptForm {
    /**
     * A prompt up to its answer.
     *
     * @param leading the pieces before the first demonstration
     * @param demonstrations the pieces of each
     * @param query the pieces of the query
     */
    record Rendered(List<Piece> leading, List<List<Piece>> demonstrations, List<Piece> query) {}

    /** The prompts after the demonstrations {@code shown}; {@code labels} stand for their answers. */
    Conversation after(List<Demonstration> shown, LabelPieces labels);

    /** Demonstrations that queries are asked after. */
    interface Conversation {
        Rendered render(Demonstration query);
    }

    /** The labels as they are behind a query. */
    default LabelPieces answers(LabelPieces labels) {
        return labels;
    }

    /**
     * True if the tokenizer's special tokens are put before a prompt; false where they are in its text, or unwanted.
     */
    boolean leadingTokens();

    /**
     * Examples one after another: texts by a template, behind an instruction; token ids as they are. A vector is one
     * position, and its label a token that follows. In a regression x is the vector [x, 0] and y, at the next position,
     * the vector [0, y].
     *
     * @param template null for tasks without texts
     * @param instruction the text before the first demonstration, perhaps empty
     * @param leadingTokens true for the tokenizer's special tokens before every prompt
     * @param inputSize size of the model's vectors; 0 where it reads none
     */
    record Plain(@Nullable PromptTemplate template, String instruction, boolean leadingTokens, int inputSize)
            implements PromptForm {
        /** Examples without an instruction, behind the tokenizer's special tokens. */
        public Plain(@Nullable PromptTemplate template, int inputSize) {
            this(template, "", true, inputSize);
        }

        @Override
        public Conversation after(List<Demonstration> shown, LabelPieces labels) {
            List<List<Piece>> demonstrations = new ArrayList<>();
            for (Demonstration one : shown) {
                List<Piece> pieces = new ArrayList<>(List.of(input(one.input())));
                answer(one, labels, pieces);
                demonstrations.add(pieces);
            }
            List<Piece> leading = instruction.isEmpty() ? List.of() : List.of(Piece.text(instruction));
            return query -> new Rendered(leading, demonstrations, List.of(input(query.input())));
        }

        private void answer(Demonstration one, LabelPieces labels, List<Piece> pieces) {
            if (one.answer() instanceof Answer.Label label) {
                pieces.add(labels.of(label.index()));
                if (one.input() instanceof Input.Text) {
                    pieces.add(Piece.text(textTemplate().afterLabel()));
                }
            } else if (one.answer() instanceof Answer.Choice choice) {
                pieces.add(Piece.text(choice.text()));
                pieces.add(Piece.text(textTemplate().afterLabel()));
            } else if (one.answer() instanceof Answer.Tokens tokens) {
                pieces.add(Piece.tokens(TokenSequence.of(tokens.ids())));
            } else if (one.answer() instanceof Answer.Value value) {
                pieces.add(Piece.tokens(
                        TokenSequence.ofVector(padded(value.values(), inputSize - value.values().length))));
            }
        }

        private Piece input(Input input) {
            if (input instanceof Input.Tokens tokens) {
                return Piece.tokens(TokenSequence.of(tokens.ids()));
            } else if (input instanceof Input.Vector vector) {
                return Piece.tokens(TokenSequence.ofVector(padded(vector.values(), 0)));
            }
            return Piece.text(textTemplate().query((Input.Text) input));
        }

        private PromptTemplate textTemplate() {
            if (template == null) {
                throw new IllegalArgumentException("A text task needs a template");
            }
            return template;
        }

        /** {@code values} at {@code offset} of a vector of the model's input size, zeros elsewhere. */
        private double[] padded(double[] values, int offset) {
            if (offset < 0 || values.length > inputSize) {
                throw new IllegalArgumentException(
                        "A vector of " + values.length + " does not fit a model that reads vectors of " + inputSize);
            }
            double[] vector = new double[inputSize];
            System.arraycopy(values, 0, vector, offset, values.length);
            return vector;
        }
    }
}
