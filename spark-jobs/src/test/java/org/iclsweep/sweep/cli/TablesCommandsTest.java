package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The output of the commands on a sweep of 48 trials in 4 waves, one of which failed. */
class TablesCommandsTest {
    private static final String[] SMALL = {
        "sweep.demonstrations.sets-per-task=2", "sweep.execution.max-failed-fraction=1"
    };

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path directory;

    private static Path output = Path.of("");

    private record Said(int exit, String out, String err) {}

    @BeforeAll
    static void aFinishedSweep() throws IOException {
        output = Sweeps.run(directory, ArithmeticRunners.SOUND.withFailing(3L), SMALL);
    }

    @Test
    void queryAnswersInColumnsOrWithCommas() {
        String sql = "SELECT dtype, count(*) AS trials FROM trials GROUP BY ALL ORDER BY ALL";
        assertThat(say("query", output.toString(), sql).out()).isEqualTo("""
                        dtype    trials
                        -------  ------
                        float32      24
                        float64      24
                        """);
        assertThat(say("query", "--format=csv", output.toString(), sql).out())
                .isEqualTo("dtype,trials\nfloat32,24\nfloat64,24\n");
        assertThat(say("query", output.toString(), "SELECT max(wave_index) FROM trials")
                        .out())
                .contains("3");
    }

    @Test
    void csvQuotesCommasQuotesAndLineBreaksAndLeavesNullsEmpty() {
        String sql = "SELECT 'say \"x\"' AS label, -0.5 AS \"accuracy, mean\" UNION ALL"
                + " SELECT 'two' || chr(10) || 'lines', NULL ORDER BY 1";
        assertThat(say("query", "--format=csv", output.toString(), sql).out()).isEqualTo("""
                label,"accuracy, mean"
                "say ""x\""",-0.5
                "two
                lines",
                """);
    }

    @Test
    void jsonIsAnObjectForEachRow() throws IOException {
        String sql =
                "SELECT dtype, count(*) AS trials, [1, 2] AS list, NULL AS nothing FROM trials GROUP BY ALL ORDER BY ALL;";
        List<String> lines = say("query", "--format=json", output.toString(), sql)
                .out()
                .lines()
                .toList();
        assertThat(lines).hasSize(2);
        assertThat(JSON.readTree(lines.get(1)))
                .isEqualTo(
                        JSON.readTree("{\"dtype\": \"float64\", \"trials\": 24, \"list\": [1, 2], \"nothing\": null}"));
    }

    @Test
    void jsonHasNullForNumbersThatAreNotFinite() {
        String sql = "SELECT 'nan'::DOUBLE AS a, ['inf'::DOUBLE, 1.5] AS b, {'c': '-inf'::DOUBLE} AS d, 'NaN' AS text";
        assertThat(say("query", "--format=json", output.toString(), sql).out())
                .isEqualTo("{\"a\":null,\"b\":[null,1.5],\"d\":{\"c\":null},\"text\":\"NaN\"}\n");
    }

    @Test
    void anAnswerIsAFileThatIsThereWholeOrNotAtAll() throws IOException, SQLException {
        Path parquet = directory.resolve("an answer.parquet");
        String sql = "SELECT trial_id, status FROM trials";
        assertThat(say("query", "--format=parquet", "--output=" + parquet, output.toString(), sql)
                        .exit())
                .isZero();
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM '" + parquet + "'")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong(1)).isEqualTo(48);
        }
        Path csv = directory.resolve("answer.csv");
        assertThat(say("query", "--format=csv", "--output=" + csv, output.toString(), sql)
                        .exit())
                .isZero();
        assertThat(Files.readAllLines(csv)).hasSize(49);
        Said wrong = say("query", "--format=csv", "--output=" + csv, output.toString(), "SELECT nowhere FROM trials");
        assertThat(wrong.exit()).isEqualTo(2);
        assertThat(wrong.err()).contains("nowhere");
        assertThat(Files.readAllLines(csv)).as("the answer before").hasSize(49);
        assertThat(directory.resolve("answer.csv.part")).doesNotExist();
        assertThat(say("query", "--format=parquet", output.toString(), sql).err())
                .contains("--format parquet: expected one query and --output FILE");
    }

    @Test
    void aSweepAtAUriIsQueriedFromCopiesOfItsFiles() {
        Said said = say("query", "--format=csv", "file://" + output, "SELECT count(*) AS trials FROM trials");
        assertThat(said.out()).isEqualTo("trials\n48\n");
        assertThat(said.err()).contains("fetching 4 files from file:");
    }

    @Test
    void statusIsAnObjectForScripts() throws IOException {
        JsonNode status =
                JSON.readTree(say("status", "--json", output.toString()).out());
        assertThat(status.path("trials").asLong()).isEqualTo(48);
        assertThat(status.path("done").asLong()).isEqualTo(48);
        assertThat(status.path("failed").asLong()).isEqualTo(1);
        assertThat(status.path("left").asLong()).isZero();
        assertThat(status.path("failures").get(0).path("error_code").asText()).isEqualTo("NON_FINITE");
        assertThat(status.path("damage")).isEmpty();
    }

    @Test
    void watchingASweepThatNoDriverRunsEndsAtOnce() {
        Said said = say("status", "--watch", "1", output.toString());
        assertThat(said.exit()).isZero();
        assertThat(said.out()).containsOnlyOnce("48 done");
    }

    @Test
    void planIsAnObjectForScripts() throws IOException {
        Path configuration = SweepFiles.in(directory).configuration();
        JsonNode plan = JSON.readTree(say(
                        "plan",
                        "--json",
                        "--measure=0",
                        configuration.toString(),
                        "--set",
                        "sweep.output=" + directory.resolve("nowhere"))
                .out());
        assertThat(plan.path("trials").asLong()).isPositive();
        assertThat(plan.path("committed").asLong()).isZero();
        assertThat(plan.path("estimate")).isNotEmpty();
        assertThat(plan.path("time").isNull()).isTrue();
    }

    @Test
    void aPlanThatIsKeptIsBesideTheSweepForItsReport() throws IOException {
        Path kept = directory.resolve("kept");
        Said plan = say(
                "plan",
                "--keep",
                "--measure=1",
                SweepFiles.in(directory).configuration().toString(),
                "--set",
                "sweep.output=" + kept);
        assertThat(plan.exit()).as(plan.err()).isZero();
        JsonNode cost = JSON.readTree(kept.resolve("cost.json").toFile());
        assertThat(cost.at("/foretold/by").asText()).isEqualTo("plan");
        assertThat(cost.at("/foretold/slot_seconds").asDouble()).isPositive();
        assertThat(cost.at("/foretold/flops").asDouble()).isPositive();
        assertThat(cost.at("/taken/trials").asLong()).isZero();
    }

    @Test
    void planRefusesADirectoryWithTheRowsOfAnotherPlanAsRunDoes() throws IOException {
        Path configuration = SweepFiles.in(directory).configuration();
        Said said = say(
                "plan",
                configuration.toString(),
                "--set",
                "sweep.output=" + output,
                "--set",
                "sweep.demonstrations.sets-per-task=5");
        assertThat(said.exit()).isEqualTo(4);
        assertThat(said.err()).contains("holds the rows of another plan", "sets-per-task: there 2, here 5");
        assertThat(said.out()).isEmpty();
    }

    /** Directories in the path of a sweep are no columns of its rows, and no patterns. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"shots=99/model=foo/trial_id=x", "[a]{b,c}*?", "it's/100%/a b", "back\\slash/#1 %20 ü"})
    void theDirectoryOfASweepMayHaveAnyName(String name) throws IOException {
        Path copy = Files.createDirectories(directory.resolve(name)).resolve("out");
        try (Stream<Path> files = Files.walk(output)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(output.relativize(file).toString()));
            }
        }
        String sql = "SELECT * EXCLUDE (run) FROM trials ORDER BY trial_id";
        assertThat(say("query", copy.toString(), sql)).isEqualTo(say("query", output.toString(), sql));
        assertThat(say("status", "--check", copy.toString()).out()).contains("48 done", "all read");
    }

    @Test
    void aSweepIsWrittenToADirectoryOfAnyName() throws IOException {
        Path place = Files.createDirectories(directory.resolve("dtype=x/[run]*?{1,2}"));
        Path written = Sweeps.run(place, ArithmeticRunners.SOUND, SMALL);
        Said said = say(
                "query",
                "--format=csv",
                written.toString(),
                "SELECT dtype, count(*) AS n FROM trials GROUP BY ALL ORDER BY 1");
        assertThat(said.out()).isEqualTo("dtype,n\nfloat32,24\nfloat64,24\n");
    }

    @Test
    void aFileOfStatementsIsAnsweredOneAfterTheOther() throws IOException {
        Path file = Files.writeString(directory.resolve("statements.sql"), """
                CREATE TEMP MACRO twice(x) AS 2 * x;

                -- How many; twice;
                -- in all.
                SELECT twice(count(*)) AS twice, ';' AS semicolon
                FROM trials;
                SELECT 1 AS one;
                """);
        assertThat(say("query", output.toString(), "--file", file.toString()).out())
                .isEqualTo("""

                        How many; twice;
                        in all.
                        twice  semicolon
                        -----  ---------
                           96  ;
                        one
                        ---
                          1
                        """);
        Files.writeString(file, "SELECT 1 AS one;\nSELECT 2");
        assertThat(say("query", output.toString(), "--file", file.toString()).err())
                .contains("expected ; at the end of the last statement");
        assertThat(say("query", output.toString(), "SELECT 1", "--file", file.toString())
                        .exit())
                .isEqualTo(2);
    }

    @Test
    void aWrongQueryAndAnEmptyDirectoryAreWrongInput() {
        Said wrong = say("query", output.toString(), "SELECT nothing_of_the_kind FROM trials");
        assertThat(wrong.exit()).isEqualTo(2);
        assertThat(wrong.err()).startsWith("Binder Error: Referenced column \"nothing_of_the_kind\"");

        Said nowhere = say("query", directory.resolve("nowhere").toString(), "SELECT 1");
        assertThat(nowhere.exit()).isEqualTo(2);
        assertThat(nowhere.err()).contains("expected the directory of a sweep, found that there is none");
        for (String command : List.of("query", "status")) {
            Said file = say(command, directory.resolve("sweep.conf").toString());
            assertThat(file.exit()).isEqualTo(2);
            assertThat(file.err()).contains("expected the directory of a sweep, found a file");
        }
    }

    @Test
    void statusSaysWhatIsDoneFailedAndLeft() {
        Said status = say("status", output.toString());
        assertThat(status.exit()).isZero();
        assertThat(status.out())
                .contains("trials  48 done, 1 of them failed, 0 left")
                .contains("waves   4 committed")
                .contains("done with exit code 0")
                .contains("NON_FINITE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"flipped", "cut"})
    void checkFindsADamagedFileAndNamesTheWaveWhichIsRedoneWhenItIsRemoved(String damage) throws IOException {
        Path other = Sweeps.run(Files.createDirectories(directory.resolve(damage)), ArithmeticRunners.SOUND, SMALL);
        assertThat(say("status", "--check", other.toString()).exit()).isZero();
        String sql = "SELECT * EXCLUDE (run, wave_index) FROM trials ORDER BY trial_id";
        String undisturbed = say("query", "--format=csv", other.toString(), sql).out();
        Path first = other.resolve("trials/wave=000000");
        FileTime written = Files.getLastModifiedTime(first);

        Path part;
        try (Stream<Path> parts = Files.list(other.resolve("trials/wave=000001"))) {
            part = parts.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(part);
        bytes[bytes.length / 3] ^= 4;
        Files.write(part, damage.equals("cut") ? Arrays.copyOf(bytes, bytes.length / 2) : bytes);

        Said status = say("status", "--check", other.toString());
        assertThat(status.exit()).isEqualTo(1);
        assertThat(status.out()).contains("wave=000001/").doesNotContain("wave=000000");

        assertThat(Files.move(part.getParent(), directory.resolve(damage + "-wave")))
                .isDirectory();
        Sweeps.run(directory.resolve(damage), ArithmeticRunners.SOUND, SMALL);
        assertThat(say("status", "--check", other.toString()).exit()).isZero();
        assertThat(say("query", "--format=csv", other.toString(), sql).out()).isEqualTo(undisturbed);
        assertThat(Files.getLastModifiedTime(first)).as("not redone").isEqualTo(written);
    }

    @Test
    void planSaysWhatWouldRunAndWritesNothing() throws IOException {
        String elsewhere = directory.resolve("planned").toString();
        Said plan = say(
                "plan",
                "--measure",
                "1",
                SweepFiles.in(directory).configuration().toString(),
                "--set",
                "sweep.output=" + elsewhere,
                "--set",
                "sweep.models=[{ random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 32,"
                        + " input_size = 8, icl_labels = [1, 2, 3, 4], seed = 1 } }]");
        assertThat(plan.exit()).isZero();
        assertThat(plan.out())
                .contains("trials  1200", "gaussian-clusters", "FLOPs", "memory  outside the Java heap about")
                .containsPattern("time +about .* task slots on this machine");
        assertThat(Path.of(elsewhere)).doesNotExist();
    }

    @Test
    void faultsOfTheConfigurationAreSaidBeforeSparkStarts() throws IOException {
        Said run = say("run", SweepFiles.in(directory).configuration().toString(), "--set", "sweep.typo=1");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .contains("found the unknown key typo")
                .contains("sweep.output: expected text, found nothing");
    }

    private static Said say(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream saidOut = new ByteArrayOutputStream();
        ByteArrayOutputStream saidErr = new ByteArrayOutputStream();
        StringWriter errors = new StringWriter();
        try {
            System.setOut(new PrintStream(saidOut, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(saidErr, true, StandardCharsets.UTF_8));
            int exit = Main.commandLine().setErr(new PrintWriter(errors, true)).execute(arguments);
            return new Said(
                    exit, saidOut.toString(StandardCharsets.UTF_8), saidErr.toString(StandardCharsets.UTF_8) + errors);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
