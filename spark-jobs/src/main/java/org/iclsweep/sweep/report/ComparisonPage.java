package org.iclsweep.sweep.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A comparison as one HTML page: the differences with their intervals, the plans, and the command. */
public final class ComparisonPage {
    private ComparisonPage() {}

    /**
     * Renders the page.
     *
     * @param command the line that makes the comparison again
     */
    public static String html(Comparison comparison, SweepFacts a, SweepFacts b, String command, String version) {
        List<Map<String, Object>> sections = new ArrayList<>();
        sections.add(differences(comparison));
        sections.add(sides(comparison, a, b));
        sections.add(repeat(command));
        List<Map<String, Object>> answers =
                List.of(Map.of("sentence", comparison.sentence(), "id", "differences", "title", "Differences"));
        return Page.html(
                "comparison", "A: %s, B: %s".formatted(a.directory(), b.directory()), version, answers, sections, true);
    }

    /**
     * Renders the page of two programs' logits.
     *
     * @param a the file of the first
     * @param b the file of the second
     */
    public static String html(LogitsComparison comparison, String a, String b, String command, String version) {
        Section section = new Section(
                "logits",
                "Logits",
                "How far is B from A, query by query?",
                List.of(),
                "",
                "",
                Optional.empty(),
                "",
                comparison.basis()
                        + " Relative: ‖B − A‖ / ‖A‖ at the worst position of a query; same token: the share of"
                        + " its positions at which both have the same most likely token.",
                false);
        Map<String, Object> values = Page.section(section.id(), section.title(), section.question());
        values.put("sentence", comparison.sentence());
        values.put("tables", List.of(PageTable.of(section, rows(comparison.rows()), List.of())));
        List<Map<String, Object>> answers =
                List.of(Map.of("sentence", comparison.sentence(), "id", section.id(), "title", section.title()));
        return Page.html(
                "comparison",
                "A: %s, B: %s".formatted(a, b),
                version,
                answers,
                List.of(values, repeat(command)),
                false);
    }

    private static Rows rows(List<Map<String, Object>> rows) {
        List<String> columns = List.copyOf(rows.get(0).keySet());
        return new Rows(
                columns,
                rows.stream()
                        .<List<@Nullable Object>>map(row ->
                                new ArrayList<>(columns.stream().map(row::get).toList()))
                        .toList());
    }

    private static Map<String, Object> repeat(String command) {
        Map<String, Object> repeat = Page.section("repeat", "How to repeat it", "Which command makes this page again?");
        repeat.put("commands", List.of(Map.of("about", "Compares A and B again.", "line", command)));
        return repeat;
    }

    private static Map<String, Object> differences(Comparison comparison) {
        Section section = new Section(
                "differences",
                "Differences",
                "How far is B from A, cell by cell?",
                List.of(),
                "",
                "",
                Optional.of(Resources.text("charts/differences.json")),
                "Dots with intervals: mean difference B minus A of each cell, beside the line of no difference.",
                comparison.basis()
                        + " Right of the line, B's value is larger. p holm: p corrected for the number of cells.",
                false);
        Map<String, Object> values = Page.section(section.id(), section.title(), section.question());
        values.put("sentence", comparison.sentence());
        values.put("tables", List.of(PageTable.of(section, rows(comparison), List.of("panel"))));
        return values;
    }

    private static Rows rows(Comparison comparison) {
        List<Map<String, Object>> cells =
                comparison.cells().stream().map(ComparedCell::row).toList();
        Set<String> columns = new LinkedHashSet<>();
        cells.forEach(cell -> columns.addAll(cell.keySet()));
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (Map<String, Object> cell : cells) {
            List<@Nullable Object> row =
                    new ArrayList<>(columns.stream().map(cell::get).toList());
            row.add(panel(comparison, cell));
            rows.add(row);
        }
        List<String> names = new ArrayList<>(columns);
        names.add("panel");
        return new Rows(names, rows);
    }

    /** The cell's columns of which the comparison has several values, but for the number of demonstrations. */
    private static String panel(Comparison comparison, Map<String, Object> cell) {
        List<Map<String, Object>> keys =
                comparison.cells().stream().map(ComparedCell::key).toList();
        return keys.get(0).keySet().stream()
                .filter(column -> !column.equals("shots"))
                .filter(column -> column.equals("task")
                        || keys.stream().map(key -> key.get(column)).distinct().count() > 1)
                .map(column -> String.valueOf(cell.get(column)))
                .collect(Collectors.joining(" · "));
    }

    private static Map<String, Object> sides(Comparison comparison, SweepFacts a, SweepFacts b) {
        Map<String, Object> values = Page.section("plans", "A and B", "In which keys do their plans differ?");
        List<Map<String, Object>> facts = new ArrayList<>(List.of(
                Map.of("heading", "A: " + a.name(), "entries", a.entries()),
                Map.of("heading", "B: " + b.name(), "entries", b.entries())));
        comparison
                .compared()
                .forEach((column, sides) -> facts.add(Map.of(
                        "heading",
                        "Compared: " + column,
                        "entries",
                        List.of(SweepFacts.fact("A", sides.get(0)), SweepFacts.fact("B", sides.get(1))))));
        values.put("facts", facts);
        values.put(
                "sentence",
                comparison.plan().isEmpty()
                        ? "The plans are the same."
                        : "The plans differ in %s keys."
                                .formatted(comparison.plan().size()));
        if (!comparison.plan().isEmpty()) {
            Section section = new Section(
                    "plan-differences", "Keys that differ", "", List.of(), "", "", Optional.empty(), "", "", false);
            List<List<@Nullable Object>> rows = new ArrayList<>();
            comparison.plan().forEach((key, sides) -> rows.add(List.of(key, sides.get(0), sides.get(1))));
            values.put("tables", List.of(PageTable.of(section, new Rows(List.of("key", "a", "b"), rows), List.of())));
        }
        return values;
    }
}
