package org.iclsweep.sweep.report;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.sweep.run.DurationText;
import org.iclsweep.sweep.table.Cost;
import org.jspecify.annotations.Nullable;

/** The report's section on the cost of the sweeps: foretold, taken, and the one over the other. */
final class CostSection {
    private static final String ID = "cost";
    private static final List<String> COLUMNS =
            List.of("sweep", "quantity", "foretold", "taken", "taken_over_foretold");
    private static final String NOTE =
            "Seconds of slots: of all task slots together. Seconds of the clock: from the start of each run to its last"
                    + " commit, without the start of Spark. Foretold by plan --keep, from batches that it measures; else by the"
                    + " run itself, from its first wave.";

    private CostSection() {}

    /** The values of the template's section; empty where no sweep has noted its cost. */
    static Optional<Map<String, Object>> of(List<SweepFacts> sweeps) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        List<String> sentences = new ArrayList<>();
        List<Map<String, Object>> bases = new ArrayList<>();
        for (SweepFacts facts : sweeps) {
            facts.cost().filter(cost -> cost.taken().trials() > 0).ifPresent(cost -> {
                String name = sweeps.size() > 1 ? facts.directory() : facts.name();
                rows.addAll(rows(name, cost));
                sentences.add(sentence(sweeps.size() > 1 ? name + ": " : "", cost));
                bases.add(Map.of("heading", sweeps.size() > 1 ? name : "", "entries", basis(cost)));
            });
        }
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        Section section = new Section(
                ID,
                "Time and cost against the plan",
                "Did it take what was foretold?",
                List.of(),
                "",
                "",
                Optional.empty(),
                "",
                NOTE,
                false);
        Map<String, Object> values = Page.section(section.id(), section.title(), section.question());
        values.put("sentence", String.join(" ", sentences));
        values.put("facts", bases);
        values.put(
                "tables",
                List.of(PageTable.of(
                        section, new Rows(COLUMNS, rows), sweeps.size() == 1 ? List.of("sweep") : List.of())));
        return Optional.of(values);
    }

    private static List<Map<String, Object>> basis(Cost cost) {
        Cost.@Nullable Foretold foretold = cost.foretold();
        List<Map<String, Object>> entries = new ArrayList<>();
        entries.add(SweepFacts.fact("foretold from", foretold == null ? "nothing" : foretold.basis()));
        if (foretold != null && foretold.flops() != null) {
            entries.add(SweepFacts.fact("FLOPs by the plan's arithmetic", CellText.of(foretold.flops())));
        }
        entries.add(SweepFacts.fact("runs", CellText.of(cost.taken().runs())));
        return entries;
    }

    private static List<List<@Nullable Object>> rows(String sweep, Cost cost) {
        Cost.Taken taken = cost.taken();
        Cost.@Nullable Foretold foretold = cost.foretold();
        if (foretold == null) {
            return List.of(
                    row(sweep, "trials", null, taken.trials()),
                    row(sweep, "seconds of slots", null, taken.slotSeconds()),
                    row(sweep, "seconds of the clock", null, taken.seconds()));
        }
        List<List<@Nullable Object>> rows = new ArrayList<>(List.of(
                row(sweep, "trials", foretold.trials(), taken.trials()),
                row(sweep, "seconds of slots", foretold.slotSeconds(), taken.slotSeconds()),
                row(sweep, "seconds of the clock", foretold.seconds(), taken.seconds())));
        if (foretold.flops() != null && taken.trials() == foretold.trials()) {
            double flops = foretold.flops();
            rows.add(row(
                    sweep, "FLOPs a second of a slot", flops / foretold.slotSeconds(), flops / taken.slotSeconds()));
        }
        return rows;
    }

    private static List<@Nullable Object> row(String sweep, String quantity, @Nullable Number foretold, Number taken) {
        return Arrays.asList(
                sweep,
                quantity,
                foretold,
                taken,
                foretold == null ? null : taken.doubleValue() / foretold.doubleValue());
    }

    private static String sentence(String sweep, Cost cost) {
        Cost.@Nullable Foretold foretold = cost.foretold();
        Cost.Taken taken = cost.taken();
        if (foretold == null) {
            return text(
                    "%s%,d trials took %s of a task slot; nothing was foretold.",
                    sweep, taken.trials(), time(taken.slotSeconds()));
        }
        if (taken.trials() < foretold.trials()) {
            return text(
                    "%s%,d of %,d trials have taken %s of the %s of a task slot that were foretold for all.",
                    sweep, taken.trials(), foretold.trials(), time(taken.slotSeconds()), time(foretold.slotSeconds()));
        }
        return text(
                "%s%,d trials took %s of a task slot, %.2f times the %s that were foretold %s.",
                sweep,
                taken.trials(),
                time(taken.slotSeconds()),
                taken.slotSeconds() / foretold.slotSeconds(),
                time(foretold.slotSeconds()),
                foretold.by().equals("plan") ? "by plan" : "from the first wave");
    }

    private static String time(double seconds) {
        return seconds < 60 ? text("%.3g s", seconds) : DurationText.of(Duration.ofMillis((long) (1e3 * seconds)));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
