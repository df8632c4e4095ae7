package org.iclsweep.sweep.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.iclsweep.sweep.table.PlanRecord;
import org.junit.jupiter.api.Test;

/** Two sweeps whose difference is known. */
class ComparisonTest {
    /** Eight sets in each sweep; B is better by 0.125 in the first four, and lacks the last, where A has one more. */
    private static final String ACCURACIES = """
            (sweep, seed, demonstration_set_id, model, shots, converted_accuracy)
            SELECT 'a', i, concat('d', i), 'small', 4, 0.5 FROM range(8) AS r(i)
            UNION ALL SELECT 'b', i, concat('d', i), 'large', 4, CASE WHEN i < 4 THEN 0.625 ELSE 0.5 END FROM range(7) AS r(i)""";

    private static SweepFacts facts(String directory, String... identity) {
        TreeMap<String, String> keys = new TreeMap<>();
        for (int i = 0; i < identity.length; i += 2) {
            keys.put(identity[i], identity[i + 1]);
        }
        return new SweepFacts(
                directory,
                Optional.of(new PlanRecord(directory, "conversion", "0", 8, 1, keys)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static final SweepFacts A = facts("a", "sweep.seed", "7", "sweep.model", "small");
    private static final SweepFacts B = facts("b", "sweep.seed", "7", "sweep.model", "large", "sweep.new", "1");

    @Test
    void twoVersionsOfTheCodeAreCompared() throws SQLException {
        String run =
                "{'convert_seconds': 0, 'prompted_seconds': 0, 'converted_seconds': 0, 'executor': 'driver', 'device': 'cpu',"
                        + " 'threads': 1, 'code_version': '%s', 'started_at': TIMESTAMP '2026-01-02 03:04:05'}";
        try (Connection duckdb = session(
                "(sweep, seed, converted_accuracy, run) VALUES ('a', 1, 0.5, %s)".formatted(run.formatted("0.1.0")),
                "(sweep, seed, converted_accuracy, run) VALUES ('b', 1, 0.5, %s)".formatted(run.formatted("0.2.0")))) {
            assertThat(Comparison.of(duckdb, "converted", A, B).compared())
                    .containsEntry("code_version", List.of("0.1.0", "0.2.0"));
        }
    }

    private static Connection session(String... inserts) throws SQLException {
        Connection duckdb = TrialsTable.with(inserts);
        try (Statement statement = duckdb.createStatement()) {
            for (String side : List.of("a", "b")) {
                statement.execute(
                        "CREATE VIEW trials_%1$s AS FROM rows_of_trials WHERE sweep = '%1$s'".formatted(side));
            }
        }
        return duckdb;
    }

    @Test
    void setsThatBothSweepsHaveArePairedAndTheRestIsCounted() throws SQLException {
        try (Connection duckdb = session(ACCURACIES)) {
            Comparison comparison = Comparison.of(duckdb, "converted", A, B);
            assertThat(comparison.byQuery()).isFalse();
            assertThat(comparison.compared()).containsExactly(Map.entry("model", List.of("small", "large")));
            assertThat(comparison.cells()).hasSize(1);
            ComparedCell cell = comparison.cells().get(0);
            assertThat(cell.sets()).isEqualTo(7);
            assertThat(cell.difference()).isCloseTo(4 * 0.125 / 7, within(1e-12));
            assertThat(cell.interval().low()).isBetween(0.0, 0.05);
            assertThat(cell.interval().high()).isBetween(0.09, 0.125);
            assertThat(List.of(comparison.onlyA(), comparison.onlyB())).containsExactly(1L, 0L);
            assertThat(comparison.basis()).contains("by demonstration set alone", "1 in A, 0 in B");
        }
    }

    /** In each of ten sets, B is right on a query that A is wrong on; once it is the other way round. */
    @Test
    void answersArePairedByQueryWhereBothSweepsHaveThem() throws SQLException {
        String answer = "{'query_id': %d, 'gold': 'x', 'zero_shot': 'y', 'prompted': 'x', 'converted': %s}";
        String rows =
                "(sweep, seed, demonstration_set_id, converted_accuracy, predictions) SELECT '%s', i, concat('d', i), 0.5, ["
                        + answer.formatted(1, "%s") + ", " + answer.formatted(2, "'x'") + "] FROM range(10) AS r(i)";
        try (Connection duckdb = session(
                rows.formatted("a", "CASE WHEN i = 0 THEN 'x' ELSE 'y' END"),
                rows.formatted("b", "CASE WHEN i = 0 THEN 'y' ELSE 'x' END"))) {
            Comparison comparison = Comparison.of(duckdb, "converted", A, B);
            assertThat(comparison.byQuery()).isTrue();
            assertThat(comparison.cells().get(0).answers()).contains(new ComparedCell.Answers(20, 1, 9, 10));
            assertThat(comparison.cells().get(0).holm()).isCloseTo(0.021484375, within(1e-12));
            assertThat(comparison.sentence()).contains("1 of 1 cells differ");
        }
    }

    @Test
    void theErrorsOfACellAreTheLargestOfItsPairs() throws SQLException {
        try (Connection duckdb = session("""
                (sweep, seed, demonstration_set_id, converted_accuracy, max_abs_logit_error)
                VALUES ('a', 1, 'x', 1, 1e-6), ('a', 2, 'y', 1, 3e-6), ('b', 1, 'x', 1, 1e-14), ('b', 2, 'y', 1, NULL)""")) {
            assertThat(Comparison.of(duckdb, "converted", A, B).cells().get(0).row())
                    .containsEntry("max_logit_error_a", 3e-6)
                    .containsEntry("max_logit_error_b", 1e-14);
        }
    }

    @Test
    void onlyTheKeysThatDifferAreNamed() throws SQLException {
        try (Connection duckdb = session(ACCURACIES)) {
            assertThat(Comparison.of(duckdb, "converted", A, B).plan())
                    .containsExactly(
                            Map.entry("sweep.model", List.of("small", "large")),
                            Map.entry("sweep.new", List.of("nothing", "1")));
        }
    }

    @Test
    void sweepsWithoutCommonSetsAreRefused() throws SQLException {
        try (Connection duckdb = session("""
                (sweep, seed, demonstration_set_id, converted_accuracy) VALUES ('a', 1, 'x', 1), ('b', 2, 'y', 1)""")) {
            assertThatThrownBy(() -> Comparison.of(duckdb, "converted", A, B))
                    .isInstanceOf(IncomparableException.class)
                    .hasMessageContaining("expected demonstration sets that both sweeps have");
        }
    }

    @Test
    void severalModelsOfWhichNoneIsCommonAreRefused() throws SQLException {
        try (Connection duckdb = session("""
                (sweep, seed, demonstration_set_id, model, converted_accuracy)
                VALUES ('a', 1, 'x', 'm1', 1), ('a', 1, 'x', 'm2', 1), ('b', 1, 'x', 'm3', 1)""")) {
            assertThatThrownBy(() -> Comparison.of(duckdb, "converted", A, B))
                    .hasMessageContaining(
                            "model: expected a common value, or one on each side, found [m1, m2] in A and [m3] in B");
        }
    }

    @Test
    void theSameSweepsGiveTheSamePage() throws SQLException {
        try (Connection duckdb = session(ACCURACIES)) {
            String page = ComparisonPage.html(Comparison.of(duckdb, "converted", A, B), A, B, "line", "0.1.0");
            assertThat(page)
                    .contains("id=\"differences\"", "The plans differ in 2 keys.", "sweep.model")
                    .isEqualTo(ComparisonPage.html(Comparison.of(duckdb, "converted", A, B), A, B, "line", "0.1.0"));
        }
    }
}
