package org.iclsweep.model.training;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.fault.Scope;
import org.jspecify.annotations.Nullable;

/**
 * Episodes of text classification, token by token: text, arrow, label, text, arrow, label, … Each episode makes a task
 * of its own, gives its classes label tokens drawn anew, and asks for the label at every arrow but the first.
 */
@Named("texts")
public record TextEpisodes(
        @Key(doc = "Files of texts.", nonEmpty = true) List<TextSource> sources,

        @Key(doc = "Tokens of an episode.", from = 16, otherwise = "384")
        int tokens,

        @Key(doc = "Episodes of a step.", from = 1, otherwise = "8")
        int batch,

        @Key(doc = "Words that a text is cut to.", from = 1, otherwise = "24")
        int words,

        @Key(doc = "Probability that a token of a text becomes unknown.", from = 0, to = 1, otherwise = "0.1")
        double dropout,

        @Key(doc = "Number of label tokens.", from = 2, otherwise = "16")
        int labels,

        @Key(doc = "Greatest number of classes of an episode.", from = 2, otherwise = "6")
        int mostClasses,

        @Key(doc = "Relative frequency of each kind of task.", otherwise = "{}")
        Weights weights,

        @Key(doc = "The opposites of the kind `poles`.") @Nullable Poles poles,

        @Key(doc = "Dimensions of the word vectors of a structured start.", from = 1, otherwise = "96")
        int wordDimensions,

        @Key(name = "eigenvalue-power", doc = "Power of the eigenvalues in the word vectors.", otherwise = "0.25")
        double power)
        implements Checked, Episodes {
    /** Token of what the vocabulary does not know; also what fills an episode up and what is dropped becomes. */
    static final int UNKNOWN = 0;
    /** Token between a text and its label. */
    static final int ARROW = 1;
    /** The first label token. */
    static final int FIRST_LABEL = 2;

    public TextEpisodes {
        sources = List.copyOf(sources);
    }

    @Override
    public void check(Scope scope) {
        if (weights.poles() > 0 && poles == null) {
            scope.fault("poles", "expected a block { set, positive, negative } for weights.poles > 0, found nothing");
        }
    }

    /** The special tokens, which are the first of the vocabulary. */
    List<String> specialTokens() {
        List<String> special = new ArrayList<>(List.of("<unk>", "<arrow>"));
        for (int label = 0; label < labels; label++) {
            special.add("<l" + label + ">");
        }
        return special;
    }

    /** Relative frequencies of the kinds of tasks. */
    public record Weights(
            @Key(doc = "Classes of one data set, which is drawn by the root of its number of classes.", otherwise = "1")
            double single,

            @Key(doc = "Classes of any data sets.", otherwise = "0")
            double mixed,

            @Key(
                    doc = "Texts that hold one of some keywords, from which it is taken out nine times in ten.",
                    otherwise = "0")
            double keyword,

            @Key(doc = "Two opposite unions of classes of one data set.", otherwise = "0")
            double poles)
            implements Serializable {
        /** The frequencies in the order of their declaration. */
        double[] byKind() {
            return new double[] {single, mixed, keyword, poles};
        }
    }

    /** Two opposites: each side is one of several alternatives, each of them a union of labels. */
    public record Poles(
            @Key(doc = "Name of the data set.") String set,

            @Key(doc = "Alternatives of one side, each a list of labels.", nonEmpty = true)
            List<List<String>> positive,

            @Key(doc = "Alternatives of the other side.", nonEmpty = true)
            List<List<String>> negative)
            implements Serializable {}
}
