package org.iclsweep.sweep.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.iclsweep.sweep.table.PlanRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in Chromium: 100 rows, and 100,000. */
class ReportInBrowserTest {
    private static final Path PICTURES = Path.of("target", "report-pictures");
    private static final int MOST_BYTES = 3_000_000;
    private static final Duration LONGEST = Duration.ofSeconds(3);

    /**
     * Trials of two models with both precisions: accuracies that rise with the shots, errors that rise with the length.
     */
    private static final String ROWS = """
            (trial_id, seed, model, dtype, task, shots, context_tokens, zero_shot_accuracy, prompted_accuracy, converted_accuracy,
             max_abs_logit_error, max_rel_logit_error, mean_rel_logit_error, max_kl, top1_agreement, layers)
            SELECT concat('t', i), i // 20, ['first', 'second'][1 + i %% 2], ['float64', 'float32'][1 + i // 2 %% 2],
                   concat('task', i // 20 %% %d), [0, 1, 2, 4, 8][1 + i // 4 %% 5], [0, 12, 25, 50, 100][1 + i // 4 %% 5],
                   0.25, accuracy, accuracy, error * (1 + i // 4 %% 5), error, error / 4, error, 1,
                   [{'layer': 0, 'state_norm': 1, 'output_max_abs_error': error}, {'layer': 1, 'state_norm': 2, 'output_max_abs_error': 2 * error}]
            FROM (SELECT i, 0.25 + 0.125 * (i // 4 %% 5) + (hash(i) %% 16) / 64 AS accuracy,
                         [1e-15, 1e-7][1 + i // 2 %% 2] * (1 + (hash(i + 1) %% 8)) AS error FROM range(%d) AS r(i))""";

    private static final String FAILED = """
            (trial_id, seed, status, error_code, error_message)
            VALUES ('f1', 9, 'failed', 'NON_FINITE', 'layer 3: expected finite values, found NaN')""";

    @TempDir
    private static Path directory;

    private static Optional<Browser> started = Optional.empty();

    private static Browser browser() {
        return started.orElseThrow();
    }

    @BeforeAll
    static void start() throws SQLException, IOException {
        started = Optional.of(Browser.start(directory));
        try (Connection duckdb = TrialsTable.with(ROWS.formatted(1, 100), FAILED)) {
            Files.writeString(directory.resolve("small.html"), page(duckdb));
        }
    }

    @AfterAll
    static void stop() {
        started.ifPresent(Browser::close);
    }

    private static String page(Connection duckdb) throws SQLException {
        SweepFacts facts = new SweepFacts(
                "out/s",
                Optional.<PlanRecord>empty(),
                Optional.empty(),
                Optional.of("sweep { name = s }"),
                Optional.empty());
        return Report.html(duckdb, List.of(facts), "0.1.0");
    }

    private static List<String> open() {
        browser().size(1100, 900);
        browser().emulate("screen", "light");
        return browser().open(directory.resolve("small.html"));
    }

    @Test
    void everyChartIsDrawnAndNothingIsComplainedAbout() {
        assertThat(open()).isEmpty();
        assertThat(browser().run("return document.querySelectorAll('figure[data-chart]').length"))
                .isEqualTo(5L)
                .isEqualTo(browser()
                        .run("return document.querySelectorAll('.chart.drawn > svg[role=img][aria-label]').length"));
    }

    /**
     * Two models, two precisions and five numbers of demonstrations: a dot each, but where the context is empty too.
     */
    @Test
    void theChartHasAMarkForEachRow() {
        open();
        assertThat(browser().run("return document.querySelectorAll('#exactness svg .mark-symbol.marks path').length"))
                .isEqualTo(20L);
    }

    @Test
    void theNumbersOfThePageAreDuckDBs() throws SQLException {
        open();
        try (Connection duckdb = TrialsTable.with(ROWS.formatted(1, 100), FAILED)) {
            List<List<String>> expected = new ArrayList<>();
            for (List<?> row : Rows.of(duckdb, """
                    SELECT model, dtype, method, task, label_mode, shots, sets, queries, zero_shot_accuracy, zero_shot_accuracy_half,
                           prompted_accuracy, prompted_accuracy_half FROM cells() ORDER BY ALL""").rows()) {
                expected.add(row.stream().map(CellText::of).toList());
            }
            assertThat(browser().run("""
                    return [...document.querySelectorAll('#accuracy tbody tr')].map(
                        row => [...row.cells].slice(0, 12).map(cell => cell.textContent))""")).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"light", "dark"})
    void axeFindsNothing(String scheme) throws IOException {
        open();
        browser().emulate("screen", scheme);
        assertThat(browser().accessibilityFaults()).isEmpty();
    }

    @Test
    void theLinkUnderATableSavesItsCsv() throws Exception {
        open();
        browser().run("document.querySelector('a[download=\"accuracy.csv\"]').click()");
        Path saved = directory.resolve("accuracy.csv");
        for (int i = 0; i < 100 && !Files.exists(saved); i++) {
            Thread.sleep(30);
        }
        assertThat(saved).exists();
        assertThat(Files.readString(saved)).startsWith("model,dtype,method,");
        assertThat(browser().complaints()).isEmpty();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({"screen, light, ff", "screen, dark, 14", "print, dark, ff"})
    void noPictureIsBlank(String medium, String scheme, String red) throws IOException {
        open();
        browser().emulate(medium, scheme);
        browser().size(1100, 3000);
        List<Integer> colours = browser().picture(PICTURES.resolve(medium + "-" + scheme + ".png"));
        assertThat(colours).hasSizeGreaterThan(100);
        assertThat("%06x".formatted(colours.get(0) & 0xffffff)).startsWith(red);
    }

    @Test
    void aComparisonIsDrawnAndAxeFindsNothing() throws SQLException, IOException {
        Path page = directory.resolve("comparison.html");
        try (Connection duckdb = TrialsTable.with(ROWS.formatted(1, 100));
                Statement statement = duckdb.createStatement()) {
            statement.execute("CREATE VIEW trials_a AS FROM trials WHERE dtype = 'float32'");
            statement.execute("CREATE VIEW trials_b AS FROM trials WHERE dtype = 'float64'");
            SweepFacts facts =
                    new SweepFacts("out/s", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
            Comparison comparison = Comparison.of(duckdb, "converted", facts, facts);
            Files.writeString(page, ComparisonPage.html(comparison, facts, facts, "compare", "0.1.0"));
        }
        assertThat(browser().open(page)).isEmpty();
        assertThat(browser().accessibilityFaults()).isEmpty();
    }

    @Test
    void aHundredThousandRowsAreAPageOfThreeMegabytesWithinThreeSeconds() throws SQLException, IOException {
        Path page = directory.resolve("large.html");
        try (Connection duckdb = TrialsTable.with(ROWS.formatted(6, 100_000))) {
            long start = System.nanoTime();
            Files.writeString(page, page(duckdb));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONGEST);
        }
        assertThat(Files.size(page)).isLessThan(MOST_BYTES);
        long start = System.nanoTime();
        assertThat(browser().open(page)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONGEST);
    }
}
