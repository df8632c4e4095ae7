package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.job.Sweeps;
import org.iclsweep.sweep.table.RewrittenFiles;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SQL that would reach beyond the committed files of a sweep. */
class ConfinedSessionTest {
    @TempDir
    private static Path directory;

    private static Path output = Path.of("");
    private static String part = "";

    @BeforeAll
    static void aFinishedSweepAndAFileBesideIt() throws IOException {
        output = Sweeps.run(directory, ArithmeticRunners.SOUND, "sweep.demonstrations.sets-per-task=2");
        try (Stream<Path> parts = Files.walk(output)) {
            part = parts.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow()
                    .toString();
        }
        Files.writeString(directory.resolve("secret.csv"), "word\nhush\n");
        Files.copy(Path.of(part), directory.resolve("other.parquet"));
    }

    /** SQL with DIR for the directory beside the sweep, PART for a committed file. */
    private static String sql(String text) {
        return text.replace("DIR", directory.toString()).replace("PART", part);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "FROM read_csv('DIR/secret.csv')",
                "FROM read_csv('/etc/passwd')",
                "FROM read_text('DIR/secret.csv')",
                "FROM read_blob('DIR/secret.csv')",
                "FROM read_json('DIR/secret.csv')",
                "FROM sniff_csv('DIR/secret.csv')",
                "FROM read_parquet('DIR/other.parquet')",
                "FROM read_parquet(['PART', 'DIR/other.parquet'])",
                "FROM read_parquet('PART/../../../../other.parquet')",
                "FROM parquet_metadata('DIR/other.parquet')",
                "FROM glob('DIR/*')",
                "FROM glob('/etc/*')",
                "CREATE TABLE mine AS FROM read_csv('DIR/secret.csv')",
                "EXPLAIN ANALYZE FROM read_text('DIR/secret.csv')",
                "ATTACH 'DIR/db'",
                "ATTACH 'PART' AS mine",
                "ATTACH ':memory:' AS mine",
                "COPY (SELECT 1) TO 'DIR/out.csv'",
                "COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false)",
                "COPY trials FROM 'DIR/other.parquet'",
                "SELECT 1; COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false)",
                "CREATE MACRO one() AS 1; COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false)",
                "EXPLAIN ANALYZE COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false)",
                " -- SELECT\nCOPY (SELECT 1) TO 'PART' (USE_TMP_FILE false)",
                "/* SELECT */ COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false)",
                "PREPARE mine AS COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false)",
                "EXPORT DATABASE 'DIR/export'",
                "IMPORT DATABASE 'DIR'",
                "INSTALL httpfs",
                "LOAD httpfs",
                "LOAD 'DIR/x.duckdb_extension'",
                "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
                "CALL enable_logging('QueryLog', storage = 'file', storage_path = 'DIR/log')",
                "FROM enable_logging('QueryLog', storage = 'file', storage_config = {'path': 'DIR/log'})",
                "SET lock_configuration = false",
                "SET enable_external_access = true",
                "SET threads = 2",
                "RESET temp_directory",
                "PRAGMA database_list",
                "PRAGMA enable_profiling",
                "PRAGMA profiling_output = 'DIR/profile'"
            })
    void whatReachesBeyondTheSweepIsRefusedInOneLine(String text) throws IOException {
        byte[] before = Files.readAllBytes(Path.of(part));
        Commands.Said said = Commands.say("query", output.toString(), sql(text));
        assertThat(said.exit()).as(said.err()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err().lines()).as(said.err()).hasSize(1);
        assertThat(Path.of(part)).hasBinaryContent(before);
        assertThat(beside()).containsExactlyInAnyOrder("out", "other.parquet", "secret.csv", "sweep.conf");
    }

    private static Stream<String> beside() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"SELECT getenv('HOME')", "FROM 'DIR/other.parquet'"})
    void whatTheSessionDoesNotKnowIsAFaultOfTheQuery(String text) {
        Commands.Said said = Commands.say("query", output.toString(), sql(text));
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "SELECT dtype, count(*) FROM trials GROUP BY ALL",
                "WITH a AS (FROM trials) SELECT max(shots) FROM a",
                "(SELECT 1) UNION ALL (SELECT 2)",
                "VALUES (1)",
                "TABLE trials",
                "DESCRIBE trials",
                "SHOW TABLES",
                "SUMMARIZE SELECT shots FROM trials",
                "PIVOT (SELECT dtype, shots FROM trials) ON dtype USING count(*)",
                "SELECT * FROM (PIVOT (SELECT dtype, shots FROM trials) ON dtype USING count(*))",
                "EXPLAIN FROM trials",
                "EXPLAIN (FORMAT json) SELECT 1",
                " -- a comment\nSELECT count(*) FROM trials;",
                "FROM read_parquet('PART') SELECT count(*)",
                "FROM cells()"
            })
    void whatTheTablesAnswerIsAnswered(String text) {
        Commands.Said said = Commands.say("query", output.toString(), sql(text));
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out()).isNotEmpty();
    }

    @Test
    void unsafeOpensWhatIsRefusedWithoutIt() throws IOException {
        String read = sql("FROM read_csv('DIR/secret.csv')");
        assertThat(Commands.say("query", output.toString(), read).err())
                .contains("expected the tables of the sweep alone", "--output FILE", "query --unsafe");
        assertThat(Commands.say("query", "--unsafe", "--format=csv", output.toString(), read)
                        .out())
                .isEqualTo("word\nhush\n");
        Path copy = directory.resolve("copy.csv");
        String write = sql("COPY (SELECT 1 AS one) TO 'DIR/copy.csv'");
        assertThat(Commands.say("query", "--unsafe", output.toString(), write).exit())
                .isZero();
        assertThat(copy).hasContent("one\n1\n");
        Files.delete(copy);
    }

    @Test
    void theCommandWritesItsAnswerWhereSqlMayNot() throws IOException, SQLException {
        Path answer = Files.createDirectories(output.resolve("my answers")).resolve("it's one.parquet");
        Commands.Said said = Commands.say(
                "query", "--format=parquet", "--output=" + answer, output.toString(), "SELECT 7 AS n FROM trials");
        assertThat(said.exit()).as(said.err()).isZero();
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT sum(n) FROM '" + answer.toString().replace("'", "''") + "'")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong(1)).isEqualTo(7 * 48);
        }
        try (Stream<Path> files = Files.list(answer.getParent())) {
            assertThat(files).containsExactly(answer);
        }
        Files.delete(answer);
        Files.delete(answer.getParent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--format=csv", "--format=json", "--format=parquet"})
    void noStatementEndsTheOneThatTheCommandPutsItInto(String format) throws IOException {
        byte[] before = Files.readAllBytes(Path.of(part));
        Path answer = directory.resolve("answer");
        for (String text : new String[] {
            "SELECT 1) TO 'PART' (USE_TMP_FILE false); COPY (SELECT 1",
            "FROM trials) TO 'PART' (USE_TMP_FILE false) --",
            "SELECT 1) AS answer; COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false); SELECT (1"
        }) {
            Commands.Said said = Commands.say("query", format, "--output=" + answer, output.toString(), sql(text));
            assertThat(said.exit()).as(said.out()).isEqualTo(2);
            assertThat(said.err()).contains("syntax error");
        }
        assertThat(Path.of(part)).hasBinaryContent(before);
        assertThat(answer).doesNotExist();
    }

    @Test
    void aConditionOfAComparisonReachesNothingElse() {
        for (String condition : new String[] {
            "shots IN (SELECT 1 FROM read_csv('DIR/secret.csv'))",
            "true); COPY (SELECT 1) TO 'PART' (USE_TMP_FILE false); SELECT (1"
        }) {
            Commands.Said said =
                    Commands.say("compare", output.toString(), output.toString(), "--where-a", sql(condition));
            assertThat(said.exit()).as(said.err()).isEqualTo(2);
            assertThat(said.err()).startsWith("SQL: expected ");
        }
    }

    @Test
    void aManifestThatNamesAFileOutsideOfTheSweepIsRefused() throws IOException {
        Path manifest = output.resolve("manifests/000000.json");
        String text = Files.readString(manifest);
        try {
            Files.writeString(
                    manifest,
                    RewrittenFiles.unchecked(text)
                            .replaceFirst("trials/wave=000000/[^\"]*", "trials/../../other.parquet"));
            Commands.Said said = Commands.say("query", output.toString(), "SELECT count(*) FROM trials");
            assertThat(said.exit()).as(said.out()).isEqualTo(2);
            assertThat(said.err()).contains("manifests/000000.json");
        } finally {
            Files.writeString(manifest, text);
        }
    }
}
