package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import org.iclsweep.datasets.fault.Key;
import org.jspecify.annotations.Nullable;

/**
 * The block {@code evaluation}: the measurements after each demonstration set.
 *
 * @param prompted the part of the sets that are run prompted too; null for all
 */
public record EvaluationSpec(
        @Key(
                doc = "Queries that are asked after each set; a task that has fewer gives all it has.",
                from = 1,
                otherwise = "64")
        int queriesPerSet,

        @Key(doc = "The re-check at float64.", otherwise = "{}")
        Audit audit,

        @Key(
                doc =
                        "The part of each task's demonstration sets whose trials are run prompted too, the same sets for every"
                                + " model, precision and method; all trials of a set go together. The others are evaluated by"
                                + " the converted model alone: every column that needs the prompted run is null. The re-check at"
                                + " float64 has a prompted run of its own and is drawn apart from this. For `kind = conversion`"
                                + " only.",
                from = 0,
                to = 1,
                otherwise = "'all'",
                absent = "all")
        @Nullable Double prompted,

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
