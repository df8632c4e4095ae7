package org.iclsweep.sweep.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.iclsweep.model.exactness.Difference;

/**
 * The logits of two programs for the same queries, paired by their ids: B's distance from A, with bootstrap intervals
 * over queries.
 *
 * @param names of the logits that were read, of A and of B
 * @param queries those that both have, in the order of A
 * @param onlyA number of queries that A alone has
 * @param onlyB number of queries that B alone has
 */
public record LogitsComparison(List<String> names, List<Query> queries, long onlyA, long onlyB) {
    private static final long SEED = 7;

    public LogitsComparison {
        names = List.copyOf(names);
        queries = List.copyOf(queries);
    }

    /**
     * A query that both have.
     *
     * @param positions tokens of the query with logits
     * @param difference of B from A
     * @param sameToken share of the positions at which both have the same most likely token
     */
    public record Query(String id, int positions, Difference difference, double sameToken) {
        /** Compares the logits [positions, V]. */
        public static Query of(String id, double[][] a, double[][] b) {
            long same = 0;
            for (int position = 0; position < a.length; position++) {
                same += largest(a[position]) == largest(b[position]) ? 1 : 0;
            }
            return new Query(id, a.length, Difference.between(a, b), same / (double) a.length);
        }

        private static int largest(double[] logits) {
            int largest = 0;
            for (int token = 1; token < logits.length; token++) {
                largest = logits[token] > logits[largest] ? token : largest;
            }
            return largest;
        }

        Map<String, Object> row() {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("id", id);
            row.put("positions", positions);
            row.put("max_abs_logit_difference", difference.maxAbsolute());
            row.put("max_rel_logit_difference", difference.maxRelative());
            row.put("worst_position", difference.worstRow());
            row.put("same_token", sameToken);
            return row;
        }
    }

    /** The queries as rows. */
    public List<Map<String, Object>> rows() {
        return queries.stream().map(Query::row).toList();
    }

    /** The document for programs. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("measure", "logits");
        document.put("compared", names);
        document.put("paired_by", List.of("id"));
        document.put("queries_of_a_alone", onlyA);
        document.put("queries_of_b_alone", onlyB);
        document.put("all", all());
        document.put("queries", rows());
        return document;
    }

    private Map<String, Object> all() {
        ComparedCell.Interval relative = Bootstrap.ofMean(relative(), SEED);
        ComparedCell.Interval same = Bootstrap.ofMean(sameToken(), SEED);
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("queries", queries.size());
        all.put("positions", queries.stream().mapToLong(Query::positions).sum());
        all.put("mean_of_max_rel_logit_difference", mean(relative()));
        all.put("low", relative.low());
        all.put("high", relative.high());
        all.put("max_rel_logit_difference", worst().difference().maxRelative());
        all.put("worst_query", worst().id());
        all.put("same_token", mean(sameToken()));
        all.put("same_token_low", same.low());
        all.put("same_token_high", same.high());
        return all;
    }

    private double[] relative() {
        return queries.stream()
                .mapToDouble(query -> query.difference().maxRelative())
                .toArray();
    }

    private double[] sameToken() {
        return queries.stream().mapToDouble(Query::sameToken).toArray();
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** The query with the largest relative difference; one that is not finite is the largest. */
    private Query worst() {
        return queries.stream()
                .reduce((one, other) -> Double.compare(
                                        other.difference().maxRelative(),
                                        one.difference().maxRelative())
                                > 0
                        ? other
                        : one)
                .orElseThrow();
    }

    /** The outcome in one sentence. */
    public String sentence() {
        ComparedCell.Interval interval = Bootstrap.ofMean(relative(), SEED);
        return String.format(
                Locale.ROOT,
                "B's logits (%s) are %.1e from A's (%s), ‖B − A‖ / ‖A‖ at the worst position of a query, mean over %,d queries with"
                        + " 95 %% interval %.1e to %.1e; the largest is %.1e, of the query %s. The most likely token is the same at"
                        + " %.1f %% of the positions.",
                names.get(1),
                mean(relative()),
                names.get(0),
                queries.size(),
                interval.low(),
                interval.high(),
                worst().difference().maxRelative(),
                worst().id(),
                100 * mean(sameToken()));
    }

    /** The basis of the pairs, in one sentence. */
    public String basis() {
        return "Paired by id: intervals by bootstrap over queries."
                + (onlyA + onlyB == 0
                        ? ""
                        : String.format(Locale.ROOT, " Queries without a partner: %,d in A, %,d in B.", onlyA, onlyB));
    }
}
