package org.iclsweep.sweep.report;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.iclsweep.sweep.report.PairedRows.Pair;
import org.iclsweep.sweep.table.PlanRecord;

/**
 * Two sweeps, paired by demonstration set, and by query where both kept predictions: the mean difference of each cell
 * with a bootstrap interval over sets, and a test that is corrected for the number of cells.
 *
 * @param measure the column that is compared, as {@code converted_accuracy}
 * @param compared the columns that are compared, with the value of A and that of B
 * @param byQuery true if answers are paired, false if sets alone are
 * @param cells each cell that both sweeps have
 * @param all each set once, with its means over the cells; its p is not corrected
 * @param onlyA number of sets that A alone has, over all cells
 * @param onlyB number of sets that B alone has, over all cells
 * @param plan the keys of the plans that differ, with the value of A and that of B
 */
public record Comparison(
        String measure,
        Map<String, List<String>> compared,
        boolean byQuery,
        List<ComparedCell> cells,
        ComparedCell all,
        long onlyA,
        long onlyB,
        SortedMap<String, List<String>> plan) {
    private static final long SEED = 7;
    private static final String ABSENT = "nothing";

    public Comparison {
        compared = new LinkedHashMap<>(compared);
        cells = List.copyOf(cells);
        plan = new TreeMap<>(plan);
    }

    /**
     * Compares the views {@code trials_a} and {@code trials_b}.
     *
     * @param duckdb a session with these views and the macros
     * @param run {@code converted}, {@code prompted} or {@code zero_shot}
     * @throws IncomparableException if there are no pairs
     */
    public static Comparison of(Connection duckdb, String run, SweepFacts a, SweepFacts b) throws SQLException {
        Pairing pairing = Pairing.of(duckdb);
        PairedRows rows = PairedRows.of(duckdb, pairing, run);
        List<Pair> pairs = rows.pairs();
        if (pairs.isEmpty()) {
            throw new IncomparableException(
                    "expected demonstration sets that both sweeps have with %s, found none; two sweeps share their sets where tasks, seed, sampling and shots are the same"
                            .formatted(rows.measure()));
        }
        Map<Map<String, Object>, ComparedCell.Answers> answers = rows.answers();
        Map<Map<String, Object>, List<Pair>> grouped = new LinkedHashMap<>();
        pairs.forEach(pair ->
                grouped.computeIfAbsent(pair.cell(), any -> new ArrayList<>()).add(pair));
        boolean byQuery = answers.keySet().containsAll(grouped.keySet());
        List<ComparedCell> cells = new ArrayList<>();
        grouped.forEach((key, own) ->
                cells.add(cell(key, own, byQuery ? Optional.ofNullable(answers.get(key)) : Optional.empty())));
        double[] corrected =
                PairedTests.holm(cells.stream().mapToDouble(ComparedCell::p).toArray());
        return new Comparison(
                rows.measure(),
                pairing.compared(),
                byQuery,
                IntStream.range(0, cells.size())
                        .mapToObj(i -> cells.get(i).withHolm(corrected[i]))
                        .toList(),
                cell(Map.of(), bySet(pairs), byQuery ? Optional.of(sum(cells)) : Optional.empty()),
                rows.alone("a"),
                rows.alone("b"),
                differences(a.plan(), b.plan()));
    }

    private static ComparedCell cell(
            Map<String, Object> key, List<Pair> pairs, Optional<ComparedCell.Answers> answers) {
        double[] differences =
                pairs.stream().mapToDouble(pair -> pair.b() - pair.a()).toArray();
        double p = answers.map(found -> PairedTests.mcNemar(found.onlyA(), found.onlyB()))
                .orElseGet(() -> PairedTests.signFlips(differences, SEED));
        return new ComparedCell(
                key,
                pairs.size(),
                mean(pairs.stream().mapToDouble(Pair::a)),
                mean(pairs.stream().mapToDouble(Pair::b)),
                Bootstrap.ofMean(differences, SEED),
                largest(pairs.stream().mapToDouble(Pair::errorA)),
                largest(pairs.stream().mapToDouble(Pair::errorB)),
                answers,
                p,
                p);
    }

    /** Each set once, with its means over the cells that have it: the cells of nested sets are not independent. */
    private static List<Pair> bySet(List<Pair> pairs) {
        Map<String, List<Pair>> sets = new LinkedHashMap<>();
        pairs.forEach(pair ->
                sets.computeIfAbsent(pair.set(), any -> new ArrayList<>()).add(pair));
        return sets.entrySet().stream()
                .map(set -> new Pair(
                        Map.of(),
                        set.getKey(),
                        mean(set.getValue().stream().mapToDouble(Pair::a)),
                        mean(set.getValue().stream().mapToDouble(Pair::b)),
                        largest(set.getValue().stream().mapToDouble(Pair::errorA)),
                        largest(set.getValue().stream().mapToDouble(Pair::errorB))))
                .toList();
    }

    private static ComparedCell.Answers sum(List<ComparedCell> cells) {
        List<ComparedCell.Answers> all =
                cells.stream().flatMap(cell -> cell.answers().stream()).toList();
        return new ComparedCell.Answers(
                all.stream().mapToLong(ComparedCell.Answers::pairs).sum(),
                all.stream().mapToLong(ComparedCell.Answers::onlyA).sum(),
                all.stream().mapToLong(ComparedCell.Answers::onlyB).sum(),
                all.stream().mapToLong(ComparedCell.Answers::changed).sum());
    }

    private static SortedMap<String, List<String>> differences(Optional<PlanRecord> a, Optional<PlanRecord> b) {
        Map<String, String> there =
                a.<Map<String, String>>map(PlanRecord::identity).orElse(Map.of());
        Map<String, String> here =
                b.<Map<String, String>>map(PlanRecord::identity).orElse(Map.of());
        TreeSet<String> keys = new TreeSet<>(there.keySet());
        keys.addAll(here.keySet());
        SortedMap<String, List<String>> differences = new TreeMap<>();
        for (String key : keys) {
            List<String> values = List.of(there.getOrDefault(key, ABSENT), here.getOrDefault(key, ABSENT));
            if (!values.get(0).equals(values.get(1))) {
                differences.put(key, values);
            }
        }
        return differences;
    }

    private static double largest(DoubleStream values) {
        return values.filter(value -> !Double.isNaN(value)).max().orElse(Double.NaN);
    }

    private static double mean(DoubleStream values) {
        return values.average().orElse(Double.NaN);
    }

    /** The outcome in one sentence. */
    public String sentence() {
        long differing = cells.stream().filter(cell -> cell.holm() < 0.05).count();
        return String.format(
                        Locale.ROOT,
                        "B's mean %s is %s %s A's, %.4f against %.4f, 95 %% interval of the difference %+.4f to %+.4f over %,d demonstration sets; %d of %d cells differ at the 5 %% level after Holm's correction.",
                        measure.replace('_', ' ')
                                .replace("zero shot", "zero-shot")
                                .replace("mse", "squared error"),
                        all.difference() == 0
                                ? "equal to"
                                : String.format(Locale.ROOT, "%.4f", Math.abs(all.difference())),
                        all.difference() == 0 ? "" : all.difference() > 0 ? "above" : "below",
                        all.b(),
                        all.a(),
                        all.interval().low(),
                        all.interval().high(),
                        all.sets(),
                        differing,
                        cells.size())
                .replace("equal to  A's", "equal to A's");
    }

    /** The basis of the pairs, in one sentence. */
    public String basis() {
        return (byQuery
                        ? "Paired by demonstration set and query: intervals by bootstrap over sets, p by McNemar's exact test over answers, which takes them as independent."
                        : "Paired by demonstration set alone, as predictions were not kept on both sides (sweep.evaluation.predictions): intervals by bootstrap over sets, p by sign flips over sets.")
                + (onlyA + onlyB == 0
                        ? ""
                        : String.format(Locale.ROOT, " Sets without a partner: %,d in A, %,d in B.", onlyA, onlyB));
    }
}
