package org.iclsweep.model.prompt;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.template.PromptTemplate;
import org.iclsweep.model.prompt.EncodedQuery.Choice;
import org.iclsweep.model.prompt.EncodedQuery.Following;
import org.iclsweep.model.prompt.EncodedQuery.Judgement;
import org.iclsweep.model.prompt.EncodedQuery.Numbers;
import org.iclsweep.model.prompt.EncodedQuery.Unjudged;
import org.jspecify.annotations.Nullable;

/**
 * Makes demonstrations and queries into what a model reads. A demonstration is the tokens of its query, then those of
 * its label, then those of what the template has behind the label, each tokenised by itself: so a context is the
 * concatenation of its demonstrations, a query ends where its answer begins, and a label has the same tokens at every
 * place.
 *
 * <p>A vector is one position; its label is a token that follows. In a regression x is the vector [x, 0] and y, at the
 * next position, the vector [0, y].
 */
public final class PromptEncoder {
    private final @Nullable Tokenizer tokenizer;
    private final @Nullable PromptTemplate template;
    private final int inputSize;
    private final Map<Input.Text, int[]> encoded = new ConcurrentHashMap<>();

    /** Models may have no tokenizer, tasks no template; vectors are of {@code inputSize}. */
    public PromptEncoder(@Nullable Tokenizer tokenizer, @Nullable PromptTemplate template, int inputSize) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.inputSize = inputSize;
    }

    /** The tokens of a solved example; {@code labels} are those of the task, unused where answers are no labels. */
    public TokenSequence demonstration(Demonstration demonstration, LabelTokens labels) {
        TokenSequence query = query(demonstration.input());
        Answer answer = demonstration.answer();
        if (answer instanceof Answer.Label label) {
            return query.then(TokenSequence.of(labels.of(label.index()))).then(afterLabel(demonstration.input()));
        } else if (answer instanceof Answer.Tokens tokens) {
            return query.then(TokenSequence.of(tokens.ids()));
        } else if (answer instanceof Answer.Value value) {
            return query.then(TokenSequence.ofVector(padded(value.values(), inputSize - value.values().length)));
        }
        return query;
    }

    /** An unsolved example, and how its answer is judged. */
    public EncodedQuery query(Demonstration query, LabelTokens labels) {
        return new EncodedQuery(query.id(), query(query.input()), judgement(query.answer(), labels.tokens()));
    }

    private static Judgement judgement(Answer gold, List<int[]> labels) {
        if (gold instanceof Answer.Label label) {
            return new Choice(labels, label.index());
        } else if (gold instanceof Answer.Tokens tokens) {
            return new Following(tokens.ids());
        } else if (gold instanceof Answer.Value value) {
            return new Numbers(value.values());
        }
        return new Unjudged();
    }

    private TokenSequence query(Input input) {
        if (input instanceof Input.Tokens tokens) {
            return TokenSequence.of(tokens.ids());
        } else if (input instanceof Input.Vector vector) {
            return TokenSequence.ofVector(padded(vector.values(), 0));
        }
        Input.Text text = (Input.Text) input;
        return TokenSequence.of(
                encoded.computeIfAbsent(text, t -> tokenizer().encode(template().query(t))));
    }

    private TokenSequence afterLabel(Input input) {
        if (!(input instanceof Input.Text text)) {
            return TokenSequence.EMPTY;
        }
        String rendered = template().demonstration(text, "");
        String after = rendered.substring(template().query(text).length());
        return after.isEmpty()
                ? TokenSequence.EMPTY
                : TokenSequence.of(tokenizer().encode(after));
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

    private Tokenizer tokenizer() {
        if (tokenizer == null) {
            throw new IllegalArgumentException("The model has no tokenizer: it cannot read text");
        }
        return tokenizer;
    }

    private PromptTemplate template() {
        if (template == null) {
            throw new IllegalArgumentException("A text task needs a template");
        }
        return template;
    }
}
