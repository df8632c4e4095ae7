package org.iclsweep.sweep.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.sweep.table.Cost;
import org.junit.jupiter.api.Test;

/** The page's content, without a browser. */
class ReportTest {
    private static final String TWO_CELLS = """
            (seed, shots, zero_shot_accuracy, prompted_accuracy, converted_accuracy, max_abs_logit_error, max_rel_logit_error)
            SELECT s, k, 0.25, 0.5 + s / 100, 0.5 + s / 100, s * 1e-15, s * 1e-15 FROM range(1, 11) AS a(s), (VALUES (0), (4)) AS b(k)""";
    private static final SweepFacts FACTS = new SweepFacts(
            "out/s", Optional.empty(), Optional.empty(), Optional.of("sweep { name = s }"), Optional.empty());

    private static String page(String... inserts) throws SQLException {
        try (Connection duckdb = TrialsTable.with(inserts)) {
            return Report.html(duckdb, List.of(FACTS), "0.1.0");
        }
    }

    private static String dataOf(String page, String section) {
        Matcher data = Pattern.compile(
                        "<figure data-chart=\"%s\">.*?data-part=\"rows\">(.*?)</script>".formatted(section),
                        Pattern.DOTALL)
                .matcher(page);
        assertThat(data.find()).as(section).isTrue();
        return data.group(1);
    }

    @Test
    void theSameTablesGiveTheSameBytes() throws SQLException {
        assertThat(page(TWO_CELLS)).isEqualTo(page(TWO_CELLS));
    }

    @Test
    void theNumbersOfAChartAreThoseOfTheMacro() throws SQLException, IOException {
        try (Connection duckdb = TrialsTable.with(TWO_CELLS)) {
            JsonNode data = new ObjectMapper().readTree(dataOf(page(TWO_CELLS), "accuracy"));
            Rows cells =
                    Rows.of(duckdb, "SELECT converted_accuracy, converted_accuracy_half FROM cells() ORDER BY shots");
            assertThat(data).hasSize(cells.rows().size());
            for (int i = 0; i < data.size(); i++) {
                for (int c = 0; c < 2; c++) {
                    assertThat(data.get(i).get(cells.columns().get(c)).asDouble())
                            .isCloseTo((Double) cells.rows().get(i).get(c), within(1e-14));
                }
            }
        }
    }

    @Test
    void theOpeningHasASentenceWithANumberForEachAnswer() throws SQLException {
        assertThat(page(TWO_CELLS))
                .contains("Converted and prompted logits differ by at most 1.0e-14 in float64, over 20 conversions.")
                .contains(
                        "mean accuracy is 0.250 without them, 0.555 with them in the prompt and 0.555 converted; converted and"
                                + " prompted accuracy are equal in every cell.");
    }

    @Test
    void aSectionWithoutRowsIsLeftOut() throws SQLException {
        assertThat(page(TWO_CELLS))
                .doesNotContain("id=\"squared-error\"", "id=\"failures\"", "id=\"accuracy-over-queries\"");
    }

    private static String costing(Cost cost) throws SQLException {
        SweepFacts facts =
                new SweepFacts("out/s", Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(cost));
        try (Connection duckdb = TrialsTable.with(TWO_CELLS)) {
            return Report.html(duckdb, List.of(facts), "0.1.0");
        }
    }

    @Test
    void theTimeThatWasTakenIsHeldAgainstTheOneThatWasForetold() throws SQLException {
        Cost foretold = Cost.unknown("p").foretold(new Cost.Foretold("plan", "8 batches", 20, 2, 40, 20, 8e9));
        assertThat(costing(foretold.taken(new Cost.Taken(1, 20, 50, 26))))
                .contains("20 trials took 50.0 s of a task slot, 1.25 times the 40.0 s that were foretold by plan.")
                .contains(
                        "<td>FLOPs a second of a slot</td><td class=\"number\">2.00e+08</td><td class=\"number\">1.60e+08</td>");
        assertThat(costing(foretold.taken(new Cost.Taken(1, 5, 11, 6))))
                .contains("5 of 20 trials have taken 11.0 s of the 40.0 s of a task slot that were foretold for all.");
        assertThat(costing(foretold)).doesNotContain("id=\"cost\"");
    }

    /** Of four methods, the second is larger than the first without being better. */
    @Test
    void aMethodIsOnTheFrontWhereNoneAsSmallHasASmallerError() throws SQLException {
        String page =
                page("(seed, method, bias_bytes, mean_rel_logit_error) VALUES (1, 'a', 100, 0.5), (1, 'b', 200, 0.6),"
                        + " (1, 'c', 300, 0.1), (1, 'd', 300, 0.2)");
        assertThat(Pattern.compile("\"method\":\"(.)\"[^}]*\"on_front\":true")
                        .matcher(dataOf(page, "approximations"))
                        .results()
                        .map(found -> found.group(1)))
                .containsExactly("a", "c");
    }

    @Test
    void aFailureIsListedWithTheCommandThatRunsItAgain() throws SQLException {
        String failed =
                "(trial_id, seed, status, error_code, error_message) VALUES ('t1', 1, 'failed', 'DIVERGED', 'went off')";
        try (Connection duckdb = TrialsTable.with(failed)) {
            SweepFacts named =
                    new SweepFacts("out/s", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
            assertThat(Report.html(duckdb, List.of(named), "0.1.0"))
                    .contains("1 of 1 trials failed, most often with DIVERGED.", "verify --trial t1 --sweep");
        }
    }

    /** Texts of rows are texts of the page: no tag, attribute, script or template comes from a name or a message. */
    @Test
    void whateverARowHoldsIsEscaped() throws SQLException {
        String evil = "</script><script>alert(1)</script>\" onload=\"{{ 7 * 7 }}{% if %}<!--";
        String page = page(
                "(seed, model, converted_accuracy, prompted_accuracy, max_abs_logit_error) VALUES (1, '%s', 1, 1, 1e-9)"
                        .formatted(evil),
                "(seed, status, error_code, error_message) VALUES (2, 'failed', 'INTERNAL', '%s')".formatted(evil));
        assertThat(page)
                .doesNotContain("<script>alert", "</script><script>", "onload=\"{{", "<!--")
                .contains("&lt;script&gt;alert(1)", "{{ 7 * 7 }}");
    }

    @Test
    void theTableIsALinkToItsCsvWithEveryDigit() throws SQLException {
        Matcher link = Pattern.compile("href=\"data:text/csv;charset=utf-8,([^\"]*)\" download=\"accuracy.csv\"")
                .matcher(page(TWO_CELLS));
        assertThat(link.find()).isTrue();
        assertThat(URLDecoder.decode(link.group(1), StandardCharsets.UTF_8))
                .startsWith("model,dtype,method,task,label_mode,shots,sets,queries,zero_shot_accuracy,")
                .contains("m,float64,iclca,t,gold,4,10,80,0.25,0.0,");
    }

    @Test
    void theBundleIsTheOneThatItsScriptBuilt() {
        assertThat(Resources.text("vega-bundle.sha256"))
                .isEqualTo(Digest.of(Resources.text("vega-bundle.js")) + "  vega-bundle.js\n");
    }

    @Test
    void thePageLoadsNothing() throws SQLException {
        assertThat(page(TWO_CELLS))
                .contains("content=\"default-src 'none'; style-src 'sha256-")
                .doesNotContain(" src=\"", "href=\"http", "@import", "unsafe-");
    }
}
