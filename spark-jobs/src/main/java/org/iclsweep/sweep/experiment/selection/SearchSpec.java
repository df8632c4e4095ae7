package org.iclsweep.sweep.experiment.selection;

import java.io.Serializable;
import org.iclsweep.datasets.fault.Key;

/** The block {@code search} of a selection: the sets and orders that are tried. */
public record SearchSpec(
        @Key(
                doc = "A chosen set's orders are tried where there are no more than this; 1: never.",
                from = 1,
                otherwise = "120")
        int orders,

        @Key(
                doc = "Demonstrations that a set is chosen from, those of a draw of so many shots.",
                from = 1,
                otherwise = "32")
        int candidates,

        @Key(
                doc = "Queries that a set is chosen by. None of them is among the `queries-per-set` that judge it"
                        + " afterwards.",
                from = 1,
                otherwise = "64")
        int validationQueries,

        @Key(
                doc =
                        "`nll`: a set is chosen by the mean negative log-likelihood of the right label (the mean squared error"
                                + " of a regression), by the accuracy where that is equal. `accuracy`: the other way round.",
                otherwise = "nll")
        Criterion criterion)
        implements Serializable {

    /** The measure that a set is chosen by. */
    public enum Criterion {
        /** The mean negative log-likelihood of the right label; the accuracy where that is equal. */
        NLL,
        /** The accuracy; the mean negative log-likelihood where that is equal. */
        ACCURACY
    }
}
