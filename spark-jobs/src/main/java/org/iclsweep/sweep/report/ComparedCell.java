package org.iclsweep.sweep.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The comparison of one cell of two sweeps.
 *
 * @param key the cell's columns with their values
 * @param sets number of demonstration sets that both sweeps have
 * @param a mean of A over these sets
 * @param b mean of B over these sets
 * @param interval of the mean of b − a over sets
 * @param errorA largest logit error of A; NaN where it was not measured
 * @param errorB largest logit error of B; NaN where it was not measured
 * @param answers the paired answers, where both sweeps kept predictions
 * @param p of McNemar's test, or of sign flips over sets without answers
 * @param holm p corrected for the number of cells
 */
public record ComparedCell(
        Map<String, Object> key,
        long sets,
        double a,
        double b,
        Interval interval,
        double errorA,
        double errorB,
        Optional<Answers> answers,
        double p,
        double holm) {

    public ComparedCell {
        key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
    }

    /** The ends of a 95 % bootstrap interval over sets. */
    public record Interval(double low, double high) {}

    /**
     * The answers to queries that both sweeps have.
     *
     * @param onlyA right in A alone
     * @param onlyB right in B alone
     * @param changed answers that differ, right or not
     */
    public record Answers(long pairs, long onlyA, long onlyB, long changed) {}

    /** The mean difference b − a. */
    public double difference() {
        return b - a;
    }

    ComparedCell withHolm(double corrected) {
        return new ComparedCell(key, sets, a, b, interval, errorA, errorB, answers, p, corrected);
    }

    /** The cell as one row: its key, and its numbers by their names. */
    public Map<String, Object> row() {
        Map<String, Object> row = new LinkedHashMap<>(key);
        row.put("sets", sets);
        row.put("a", a);
        row.put("b", b);
        row.put("difference", difference());
        row.put("low", interval.low());
        row.put("high", interval.high());
        answers.ifPresent(found -> {
            row.put("answers", found.pairs());
            row.put("only_a_right", found.onlyA());
            row.put("only_b_right", found.onlyB());
            row.put("changed_answers", found.changed());
        });
        if (!Double.isNaN(errorA) && !Double.isNaN(errorB)) {
            row.put("max_logit_error_a", errorA);
            row.put("max_logit_error_b", errorB);
        }
        row.put("p", p);
        row.put("p_holm", holm);
        return row;
    }
}
