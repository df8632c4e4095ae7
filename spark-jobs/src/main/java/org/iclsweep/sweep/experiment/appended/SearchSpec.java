package org.iclsweep.sweep.experiment.appended;

import com.typesafe.config.ConfigObject;
import java.io.Serializable;
import java.util.List;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.experiment.grid.GridReader;

/**
 * The block {@code search}: which orders of a set are tried, and how a set is looked for.
 *
 * @param orders the most orders that are tried; where a set has more, so many of them are drawn
 * @param candidates how many demonstrations a set is chosen from
 * @param validationQueries the queries that choose it; those of {@code evaluation.queries-per-set} judge it
 */
public record SearchSpec(int orders, int candidates, int validationQueries, Criterion criterion)
        implements Serializable {

    /** What a set is chosen by. */
    public enum Criterion {
        /** The mean negative log-likelihood of the right label; the accuracy where that is equal. */
        NLL,
        /** The accuracy; the mean negative log-likelihood where that is equal. */
        ACCURACY
    }

    public static final Key<Integer> ORDERS = Key.optional(
            "orders",
            ValueType.wholeNumberFrom(1),
            120,
            "How many orders of a set are tried at most. `order-sensitivity`: where a set of k demonstrations has more"
                    + " than so many, k! of them, so many are drawn. `selection`: a chosen set's orders are tried where"
                    + " there are no more than this; 1: never.");
    static final Key<Integer> CANDIDATES = Key.optional(
            "candidates",
            ValueType.wholeNumberFrom(1),
            32,
            "`selection`: how many demonstrations a set is chosen from, those of a draw of so many shots.");
    static final Key<Integer> VALIDATION_QUERIES = Key.optional(
            "validation-queries",
            ValueType.wholeNumberFrom(1),
            64,
            "`selection`: how many queries a set is chosen by. None of them is among the `queries-per-set` that judge"
                    + " it afterwards.");
    static final Key<Criterion> CRITERION = Key.optional(
            "criterion",
            ValueType.oneOf(Criterion.class),
            Criterion.NLL,
            "`selection`: what a set is chosen by. `nll`: the mean negative log-likelihood of the right label (the mean"
                    + " squared error of a regression), the accuracy where that is equal. `accuracy`: the other way"
                    + " round.");
    public static final List<Key<?>> KEYS = List.of(ORDERS, CANDIDATES, VALIDATION_QUERIES, CRITERION);
    /** The block {@code search} of the configuration. */
    public static final Key<ConfigObject> SEARCH = GridReader.block("search", "The orders and sets that are tried.");

    public static SearchSpec read(Section section) {
        section.allow(KEYS);
        return new SearchSpec(
                section.get(ORDERS), section.get(CANDIDATES), section.get(VALIDATION_QUERIES), section.get(CRITERION));
    }
}
