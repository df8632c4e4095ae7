package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import org.iclsweep.datasets.fault.Key;

/** The block {@code evaluation}: the measurements after each demonstration set. */
public record EvaluationSpec(
        @Key(
                doc = "Queries that are asked after each set; a task that has fewer gives all it has.",
                from = 1,
                otherwise = "64")
        int queriesPerSet,

        @Key(doc = "The re-check at float64.", otherwise = "{}")
        Audit audit,

        @Key(
                doc = "Trials with longer contexts are not run: their rows have the error CONTEXT_TOO_LONG.",
                from = 1,
                otherwise = "2147483647")
        int maxContextTokens,

        @Key(doc = "`true`: a row lists the answer to each query.", otherwise = "false")
        boolean predictions,

        @Key(doc = "`true`: a row lists the measures of each layer.", otherwise = "false")
        boolean layers)
        implements Serializable {
    /** The block {@code audit}. */
    public record Audit(
            @Key(
                    doc =
                            "The part of the trials that is run again at float64, one prompt at a time, without batching.",
                    from = 0,
                    to = 1,
                    otherwise = "0.01")
            double fraction)
            implements Serializable {}
}
