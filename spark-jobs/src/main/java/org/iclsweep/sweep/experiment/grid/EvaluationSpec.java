package org.iclsweep.sweep.experiment.grid;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;

/**
 * The block {@code evaluation}: what is measured after each demonstration set.
 *
 * @param maxContextTokens the longest context that is run
 * @param auditFraction the part of the trials that is run again at float64, one prompt at a time
 */
public record EvaluationSpec(
        int queriesPerSet, double auditFraction, int maxContextTokens, boolean predictions, boolean layers)
        implements Serializable {
    static final Key<Integer> QUERIES_PER_SET = Key.optional(
            "queries-per-set",
            ValueType.wholeNumberFrom(1),
            64,
            "How many queries are asked after each set; a task that has fewer gives all it has.");
    static final Key<ConfigObject> AUDIT =
            Key.optional("audit", ValueType.block(), ConfigFactory.empty().root(), "The re-check at float64.");
    static final Key<Double> FRACTION = Key.optional(
            "fraction",
            ValueType.fraction(),
            0.01,
            "The part of the trials that is run again at float64, one prompt at a time, without batching.");
    static final Key<Integer> MAX_CONTEXT_TOKENS = Key.optional(
            "max-context-tokens",
            ValueType.wholeNumberFrom(1),
            Integer.MAX_VALUE,
            "Trials with longer contexts are not run: their rows say CONTEXT_TOO_LONG.");
    static final Key<Boolean> PREDICTIONS = Key.optional(
            "predictions", ValueType.flag(), false, "Whether a row lists what was answered to each query.");
    static final Key<Boolean> LAYERS =
            Key.optional("layers", ValueType.flag(), false, "Whether a row lists measures of each layer.");
    public static final List<Key<?>> KEYS = List.of(QUERIES_PER_SET, AUDIT, MAX_CONTEXT_TOKENS, PREDICTIONS, LAYERS);
    public static final List<Key<?>> AUDIT_KEYS = List.of(FRACTION);

    /**
     * What is wrong with a task that has not enough queries for those that choose, as {@code block} says, and these.
     */
    public Optional<String> tooFewQueries(Task task, int choosing, String block) {
        int queries = choosing + queriesPerSet;
        return task.availableQueries() < queries
                ? Optional.of(("task %s: it has %d queries, expected the %d of %s.validation-queries and"
                                + " evaluation.queries-per-set together: those that choose must not judge")
                        .formatted(task.name(), task.availableQueries(), queries, block))
                : Optional.empty();
    }

    static EvaluationSpec read(Section section) {
        section.allow(KEYS);
        Section audit = section.child(AUDIT);
        audit.allow(AUDIT_KEYS);
        return new EvaluationSpec(
                section.get(QUERIES_PER_SET),
                audit.get(FRACTION),
                section.get(MAX_CONTEXT_TOKENS),
                section.get(PREDICTIONS),
                section.get(LAYERS));
    }
}
