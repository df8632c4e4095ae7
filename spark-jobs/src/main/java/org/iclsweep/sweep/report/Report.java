package org.iclsweep.sweep.report;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The report of one or several sweeps as one HTML page: a sentence with a number for each question that their tables
 * answer, then a section for each. The same tables give the same bytes: DuckDB adds in one thread, in the order of the
 * files, and there is no clock.
 */
public final class Report {
    private final Connection duckdb;
    private final List<SweepFacts> sweeps;
    private final List<Map<String, Object>> sections = new ArrayList<>();
    private final List<Map<String, Object>> answers = new ArrayList<>();

    private boolean charts;

    private Report(Connection duckdb, List<SweepFacts> sweeps) {
        this.duckdb = duckdb;
        this.sweeps = sweeps;
    }

    /**
     * Renders the page.
     *
     * @param duckdb a session with the macros, and the sweeps' tables as views
     */
    public static String html(Connection duckdb, List<SweepFacts> sweeps, String version) throws SQLException {
        try (Statement statement = duckdb.createStatement()) {
            statement.execute("SET threads = 1");
        }
        Report report = new Report(duckdb, List.copyOf(sweeps));
        Set<String> tables =
                Set.copyOf(Rows.of(duckdb, "SELECT view_name FROM duckdb_views() WHERE NOT internal").rows().stream()
                        .map(row -> String.valueOf(row.get(0)))
                        .toList());
        report.sections.add(report.ran());
        for (String id : Section.ALL) {
            Section section = Section.read(id);
            List<Section> variants = section.isAboutAnyTable()
                    ? tables.stream().sorted().map(section::about).toList()
                    : List.of(section);
            for (Section variant : variants) {
                if (tables.containsAll(variant.tables())) {
                    report.add(variant);
                }
            }
        }
        CostSection.of(sweeps).ifPresent(report::addCost);
        report.sections.add(report.repetition());
        return report.page(version);
    }

    private void add(Section section) throws SQLException {
        Rows rows;
        Optional<String> sentence;
        try {
            rows = Rows.of(duckdb, section.rows());
            sentence = Rows.of(duckdb, section.sentence()).text();
        } catch (SQLException e) {
            if (isOfAMissingColumn(e)) {
                return; // a table that another version, or another kind of sweep, wrote with fewer columns
            }
            throw e;
        }
        if (rows.rows().isEmpty()) {
            return;
        }
        Map<String, Object> values = Page.section(section.id(), section.title(), section.question());
        values.put("sentence", sentence.orElse(""));
        sentence.ifPresent(text -> answers.add(Map.of("sentence", text, "id", section.id(), "title", section.title())));
        List<String> hidden = sweeps.size() == 1 ? List.of("panel", "sweep") : List.of("panel");
        values.put("tables", List.of(PageTable.of(section, rows, hidden)));
        charts |= section.chart().isPresent();
        if (section.replay()) {
            values.put("commands", replays(rows));
        }
        sections.add(values);
    }

    private void addCost(Map<String, Object> section) {
        String sentence = String.valueOf(section.get("sentence"));
        if (!sentence.isEmpty()) {
            answers.add(Map.of("sentence", sentence, "id", section.get("id"), "title", section.get("title")));
        }
        sections.add(section);
    }

    private static boolean isOfAMissingColumn(SQLException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("Binder Error")
                && (message.contains("not found") || message.contains("Could not find key"));
    }

    private List<Map<String, Object>> replays(Rows failures) {
        return failures.rows().stream()
                .<Map<String, Object>>map(row -> Map.of(
                        "about",
                        "%s: runs the first of these trials again.".formatted(failures.text(row, "error_code")),
                        "line",
                        "bin/icl-sweep verify --trial %s --sweep %s"
                                .formatted(failures.text(row, "first_trial"), directory(failures.text(row, "sweep")))))
                .toList();
    }

    private String directory(String sweep) {
        return sweeps.stream()
                .filter(facts -> facts.name().equals(sweep) || facts.directory().equals(sweep))
                .map(facts -> facts.argument(""))
                .findFirst()
                .orElse("DIR");
    }

    private Map<String, Object> ran() {
        Map<String, Object> values = Page.section("ran", "What ran", "Which plan is behind these numbers?");
        values.put(
                "facts",
                sweeps.stream()
                        .<Map<String, Object>>map(facts ->
                                Map.of("heading", sweeps.size() > 1 ? facts.name() : "", "entries", facts.entries()))
                        .toList());
        values.put(
                "texts",
                sweeps.stream()
                        .flatMap(facts -> facts.plan().stream())
                        .<Map<String, Object>>map(plan -> Map.of(
                                "title",
                                "The plan of " + plan.sweep() + ", key by key",
                                "content",
                                plan.identity().entrySet().stream()
                                        .map(key -> key.getKey() + " = " + key.getValue())
                                        .collect(Collectors.joining("\n"))))
                        .toList());
        return values;
    }

    private Map<String, Object> repetition() {
        Map<String, Object> values =
                Page.section("repeat", "How to repeat it", "Which commands give these rows again?");
        List<Map<String, Object>> commands = new ArrayList<>();
        for (SweepFacts facts : sweeps) {
            commands.add(Map.of(
                    "about",
                    "Runs %s again, beside the first; the rows are the same in everything but their times."
                            .formatted(facts.name()),
                    "line",
                    "bin/icl-sweep run %s --set sweep.output=%s"
                            .formatted(facts.argument("/sweep.resolved.conf"), facts.argument("-again"))));
            commands.add(Map.of(
                    "about",
                    "Checks every file of it against its SHA-256.",
                    "line",
                    "bin/icl-sweep status --check " + facts.argument("")));
        }
        values.put("commands", commands);
        values.put(
                "texts",
                sweeps.stream()
                        .flatMap(facts -> facts.resolved().stream()
                                .<Map<String, Object>>map(text ->
                                        Map.of("title", "sweep.resolved.conf of " + facts.name(), "content", text)))
                        .toList());
        return values;
    }

    private String page(String version) {
        String names = sweeps.stream().map(SweepFacts::name).collect(Collectors.joining(", "));
        return Page.html("report", names, version, answers, sections, charts);
    }
}
