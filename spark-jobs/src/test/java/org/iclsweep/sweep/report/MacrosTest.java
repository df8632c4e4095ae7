package org.iclsweep.sweep.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The aggregates against rows whose means and intervals are computed by hand. */
class MacrosTest {
    private static final double T_975_OF_TWO = 4.302653;

    private static List<@Nullable Object> row(Connection duckdb, String sql) throws SQLException {
        List<List<@Nullable Object>> rows = Rows.of(duckdb, sql).rows();
        assertThat(rows).hasSize(1);
        return rows.get(0);
    }

    private static double number(Connection duckdb, String sql) throws SQLException {
        Object value = row(duckdb, sql).get(0);
        assertThat(value).isInstanceOf(Number.class);
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    @ParameterizedTest(name = "{0} degrees of freedom")
    @ValueSource(ints = {1, 2, 3, 10, 11, 12, 30, 99, 1000})
    void theQuantileIsStudents(int degrees) throws SQLException {
        try (Connection duckdb = TrialsTable.with()) {
            assertThat(number(duckdb, "SELECT t_975(%d)".formatted(degrees)))
                    .isCloseTo(new TDistribution(degrees).inverseCumulativeProbability(0.975), within(1e-5));
        }
    }

    /** Accuracies 0.5, 0.75 and 1.0 of three sets: mean 0.75, standard deviation 0.25. */
    @Test
    void aCellHasTheMeanOverSetsWithStudentsInterval() throws SQLException {
        try (Connection duckdb = TrialsTable.with("""
                (seed, prompted_accuracy, converted_accuracy, max_abs_logit_error)
                VALUES (1, 0.5, 0.5, 1e-14), (2, 0.75, 0.5, 3e-14), (3, 1, 0.5, 2e-14)""")) {
            List<@Nullable Object> cell = row(duckdb, """
                    SELECT sets, trials, queries, prompted_accuracy, converted_minus_prompted, max_abs_logit_error,
                           converted_accuracy_half, prompted_seconds FROM cells()""");
            assertThat(cell).containsExactly(3L, 3L, 24L, 0.75, -0.25, 3e-14, 0.0, 1.5);
            assertThat(number(duckdb, "SELECT prompted_accuracy_half FROM cells()"))
                    .isCloseTo(T_975_OF_TWO * 0.25 / Math.sqrt(3), within(1e-9));
        }
    }

    @Test
    void ordersOfOneSetAreOneValueOfTheInterval() throws SQLException {
        try (Connection duckdb = TrialsTable.with("""
                (seed, converted_accuracy) VALUES (1, 0.25), (1, 0.75), (2, 1), (2, 1), (2, 1), (2, 1)""")) {
            assertThat(row(duckdb, "SELECT sets, trials, converted_accuracy FROM cells()"))
                    .containsExactly(2L, 6L, 0.75);
        }
    }

    @Test
    void failedTrialsAreInNoMeanAndCountedByTheirCode() throws SQLException {
        try (Connection duckdb =
                TrialsTable.with("(trial_id, seed, status, error_code, error_message, converted_accuracy) VALUES "
                        + "('a', 1, 'ok', NULL, NULL, 1), ('c', 2, 'failed', 'NON_FINITE', 'c failed', 0), "
                        + "('b', 3, 'failed', 'NON_FINITE', 'b failed', 0)")) {
            assertThat(row(duckdb, "SELECT trials, converted_accuracy, converted_accuracy_half FROM cells()"))
                    .containsExactly(1L, 1.0, null);
            assertThat(row(duckdb, "FROM failures()")).containsExactly("s", "NON_FINITE", 2L, "b", "b failed");
        }
    }

    @Test
    void aMethodIsNamedWithItsParameters() throws SQLException {
        try (Connection duckdb = TrialsTable.with(
                "(seed, method, method_parameters) VALUES (1, 'iclca', MAP {}), (1, 'random-features', MAP {'features': '64'})")) {
            assertThat(Rows.of(duckdb, "SELECT method FROM cells()").rows())
                    .containsExactly(List.of("iclca"), List.of("random-features {features=64}"));
        }
    }

    /** Contexts of 12 and 16 tokens are in the bin up to 16, one of 17 in the bin up to 32. */
    @Test
    void lengthsAreGroupedInPowersOfTwo() throws SQLException {
        try (Connection duckdb = TrialsTable.with(
                "(context_tokens, max_abs_logit_error) VALUES (0, 1), (1, 2), (12, 3), (16, 4), (17, 5)")) {
            assertThat(Rows.of(duckdb, "SELECT up_to_tokens, trials, max_abs_logit_error FROM errors_by_length()")
                            .rows())
                    .containsExactly(
                            List.of(0L, 1L, 1.0), List.of(1L, 1L, 2.0), List.of(16L, 2L, 4.0), List.of(32L, 1L, 5.0));
        }
    }

    @Test
    void theErrorOfALayerIsTheLargestOverTheTrials() throws SQLException {
        try (Connection duckdb = TrialsTable.with("(layers) VALUES "
                + "([{'layer': 0, 'state_norm': 1, 'output_max_abs_error': 1e-7}, {'layer': 1, 'state_norm': 4, 'output_max_abs_error': 3e-7}]),"
                + "([{'layer': 0, 'state_norm': 2, 'output_max_abs_error': 2e-7}, {'layer': 1, 'state_norm': 8, 'output_max_abs_error': NULL}]),"
                + "(NULL)")) {
            assertThat(Rows.of(duckdb, "SELECT layer, trials, output_max_abs_error, state_norm FROM errors_by_layer()")
                            .rows())
                    .containsExactly(List.of(0L, 2L, 2e-7, 1.5), List.of(1L, 2L, 3e-7, 6.0));
        }
    }

    /** The second model converts at once alone: it merges nothing, and is left out. */
    @Test
    void mergedContextsAreListedWithTheirConversionAtOnceAndTheBareModel() throws SQLException {
        try (Connection duckdb = TrialsTable.with(
                "(seed, model, method, method_parameters, mean_rel_logit_error) VALUES (1, 'm', 'iclca', MAP {}, 1e-15),"
                        + " (1, 'm', 'merged', MAP {'parts': '2'}, 0.1), (1, 'm', 'merged', MAP {'parts': '16'}, 0.2),"
                        + " (1, 'm', 'none', MAP {}, 1), (1, 'm', 'full-cache', MAP {}, 0), (1, 'other', 'iclca', MAP {}, 0)")) {
            assertThat(Rows.of(
                                    duckdb,
                                    "SELECT model, coalesce(parts, 0), context, mean_rel_logit_error FROM merged_contexts()")
                            .rows())
                    .containsExactly(
                            List.of("m", 1L, "at once", 1e-15),
                            List.of("m", 2L, "in 2 parts", 0.1),
                            List.of("m", 16L, "in 16 parts", 0.2),
                            List.of("m", 0L, "without the context", 1.0));
        }
    }

    /** Query 1 is right in both sets and query 2 in one of them: shares 1 and 0.5, mean 0.75. */
    @Test
    void accuracyOverQueriesIsTheMeanOfEachQuerysShare() throws SQLException {
        try (Connection duckdb = TrialsTable.with("(seed, predictions) VALUES "
                + "(1, [{'query_id': 1, 'gold': 'a', 'zero_shot': 'b', 'prompted': 'a', 'converted': 'a'},"
                + "     {'query_id': 2, 'gold': 'b', 'zero_shot': 'b', 'prompted': 'b', 'converted': 'a'}]), "
                + "(2, [{'query_id': 1, 'gold': 'a', 'zero_shot': 'b', 'prompted': 'a', 'converted': 'a'},"
                + "     {'query_id': 2, 'gold': 'b', 'zero_shot': 'b', 'prompted': 'b', 'converted': 'b'}])")) {
            assertThat(row(duckdb, """
                    SELECT distinct_queries, answers, changed_answers, zero_shot_accuracy, prompted_accuracy, converted_accuracy
                    FROM accuracy_over_queries()""")).containsExactly(2L, 4L, 1L, 0.5, 1.0, 0.75);
        }
    }

    /** Query 0 has the answer a in one set and b in the other: two queries, one of them right. */
    @Test
    void queriesWithOtherAnswersInOtherSetsAreOtherQueries() throws SQLException {
        try (Connection duckdb = TrialsTable.with("(seed, predictions) VALUES "
                + "(1, [{'query_id': 0, 'gold': 'a', 'zero_shot': 'b', 'prompted': 'a', 'converted': 'a'}]), "
                + "(2, [{'query_id': 0, 'gold': 'b', 'zero_shot': 'b', 'prompted': 'a', 'converted': 'a'}])")) {
            assertThat(row(duckdb, "SELECT distinct_queries, answers, converted_accuracy FROM accuracy_over_queries()"))
                    .containsExactly(2L, 2L, 0.5);
        }
    }

    @Test
    void everyMacroIsDocumented() {
        assertThat(Macros.all())
                .hasSize((int) Resources.text("macros.sql")
                        .lines()
                        .filter(line -> line.startsWith("CREATE"))
                        .count())
                .allSatisfy(macro -> assertThat(macro.meaning()).endsWith("."));
    }
}
