package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.iclsweep.sweep.cli.Commands;
import org.iclsweep.sweep.cli.Python;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The DAG of {@code conf/spark/schedules}: its names, and runs by Airflow itself where it is installed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AirflowScheduleTest {
    private static final Path HOME = StandaloneCluster.HOME;
    private static final Path NIGHTLY = HOME.resolve("conf/spark/schedules/icl_sweep_nightly.py");
    private static final Path RUNS = Path.of("src/test/resources/airflow/nightly.py");
    private static final String INSTALL = "python3 -m pip install apache-airflow==3.3.2"
            + " apache-airflow-providers-standard (Python 3.11, for -Drequire=peers)";

    /** Ends with what it is told, call by call. */
    private static final String SPARK_SUBMIT = """
            #!/bin/bash
            echo "$*" >> "$WORK/submitted"
            echo "$ICL_SWEEP_LOGICAL_DATE" >> "$WORK/date"
            end=$(head -n 1 "$WORK/ends")
            sed -i 1d "$WORK/ends"
            case $end in
              hang) trap 'sleep 0.3; echo settled >> "$WORK/settled"; exit 143' TERM; while :; do sleep 0.1; done ;;
              killed) kill -KILL $$ ;;
              *) exit "$end" ;;
            esac
            """;

    private static final String ICL_SWEEP = """
            #!/bin/bash
            echo "$*" >> "$WORK/asked"
            exit "$STATUS"
            """;

    @TempDir
    private static Path work;

    private JsonNode answers = new ObjectMapper().createObjectNode();

    /** One process for all tests: Airflow takes a minute to make its database. */
    private synchronized JsonNode answers() {
        Python.require(INSTALL, "airflow.providers.standard", "airflow.sdk");
        if (answers.isEmpty()) {
            try {
                StandaloneCluster.executable(
                        Files.createDirectories(work.resolve("spark/bin")).resolve("spark-submit"), SPARK_SUBMIT);
                StandaloneCluster.executable(
                        Files.createDirectories(work.resolve("home/bin")).resolve("icl-sweep"), ICL_SWEEP);
                Python.Said said = Python.run(RUNS, NIGHTLY.getParent(), work);
                assertThat(said.exit()).as(said.text()).isZero();
                String last = said.text().lines().reduce("", (first, second) -> second);
                answers = new ObjectMapper().readTree(last.substring(1));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return answers;
    }

    @Test
    void itsNamesAreThoseOfAnInstallation() throws Exception {
        String text = Files.readString(NIGHTLY);
        List<String> files = Pattern.compile("\\{(HOME|LIB)\\}/([\\w./-]+\\w)")
                .matcher(text)
                .results()
                .map(found -> (found.group(1).equals("LIB") ? "lib/" : "") + found.group(2))
                .filter(file -> !file.equals("lib"))
                .toList();
        assertThat(files)
                .contains(
                        "lib/spark-jobs-%s.jar".formatted(CodeVersion.CURRENT),
                        "bin/icl-sweep",
                        "conf/spark/standalone.conf")
                .filteredOn(file -> !file.startsWith("lib/"))
                .allSatisfy(file -> assertThat(HOME.resolve(file)).isRegularFile());
        assertThat(text).contains("\"" + Sweep.class.getName() + "\"", "bin/icl-sweep status ", " --exit-code");
        assertThat(Commands.options("status")).contains("--exit-code");
    }

    @Test
    void thePermanentExitCodesAreThoseThatAnotherTryWouldEndWithToo() throws IOException {
        Map<Integer, String> permanent = new TreeMap<>();
        Pattern.compile("(?m)^ {4}(\\d): \"(.*)\",$")
                .matcher(Files.readString(NIGHTLY))
                .results()
                .forEach(found -> permanent.put(Integer.valueOf(found.group(1)), found.group(2)));
        Map<Integer, String> expected = new TreeMap<>();
        for (ExitCode exit :
                List.of(ExitCode.WRONG_INPUT, ExitCode.TOO_MANY_FAILED, ExitCode.REFUSED, ExitCode.UNFIT_MACHINE)) {
            expected.put(exit.code(), exit.meaning());
        }
        assertThat(permanent).isEqualTo(expected);
        assertThat(Files.readString(NIGHTLY)).contains("BUDGET_SPENT = " + ExitCode.BUDGET.code() + "\n");
    }

    @Test
    void airflowImportsItWithItsTriesAndItsTimeLimits() {
        JsonNode shape = answers().path("shape");
        assertThat(shape.path("upstream").path(0).asText()).isEqualTo("sweep");
        assertThat(shape.path("trigger_rule").asText()).isEqualTo("all_done");
        assertThat(shape.at("/retries/sweep").asInt()).isEqualTo(3);
        assertThat(shape.at("/retries/status").asInt()).isZero();
        assertThat(shape.path("retry_delay").asDouble())
                .as("longer than a driver takes to settle")
                .isGreaterThan(45);
        assertThat(shape.at("/hours/sweep").asDouble())
                .as("longer than the budget")
                .isGreaterThan(6);
        assertThat(shape.path("sensor_hours").asDouble())
                .isLessThan(shape.path("run_hours").asDouble());
        assertThat(shape.path("run_hours").asDouble()).isLessThan(24);
        assertThat(shape.path("mode").asText()).isEqualTo("reschedule");
        assertThat(shape.path("max_active_runs").asInt()).isEqualTo(1);
        assertThat(shape.path("catchup").asBoolean(true)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"2", "3", "4", "5"})
    void aPermanentExitCodeFailsAtOnce(String code) {
        assertThat(answers().at("/pokes/%s/answer".formatted(code)).asText())
                .startsWith("AirflowFailException: exit code %s: ".formatted(code));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "130", "143", "killed"})
    void anyOtherFailureIsTriedAgainInTheSameDirectory(String code) {
        assertThat(answers().at("/pokes/%s/answer".formatted(code)).asText())
                .startsWith("AirflowException: exit code ")
                .endsWith("; the next try goes on in %s/out/x".formatted(work));
    }

    @Test
    void aSpentBudgetIsNoFailureAndTheEndIsTheEnd() {
        assertThat(answers().at("/pokes/6/answer").asBoolean(true)).isFalse();
        assertThat(answers().at("/pokes/0/answer").asBoolean()).isTrue();
    }

    @Test
    void aRunByHandHasTheDateOfItsBeginAndOneOfTheScheduleItsLogicalDate() {
        assertThat(answers().at("/pokes/0/date/0").asText()).isEqualTo("2026-03-29T03:00:00+00:00");
        assertThat(answers().at("/manual/date/0").asText()).isEqualTo("2026-03-30T07:15:01.250000+00:00");
    }

    @Test
    void aRunGoesOnInItsDirectoryAfterASpentBudgetAndAFailure() {
        JsonNode run = answers().path("goes_on");
        assertThat(run.path("state").asText()).isEqualTo("success");
        assertThat(run.at("/tasks/sweep/0").asText()).isEqualTo("success");
        assertThat(run.at("/tasks/sweep/1").asInt())
                .as("tries: a spent budget is none")
                .isEqualTo(2);
        List<String> submitted = texts(run.path("submitted"));
        assertThat(submitted).hasSize(3);
        assertThat(submitted.stream().distinct()).hasSize(1);
        String directory = work + "/out/" + run.path("run_id").asText().replaceAll("[^\\w.-]", "-");
        assertThat(submitted.get(0)).endsWith("--set sweep.output=" + directory);
        assertThat(texts(run.path("asked"))).containsExactly("status %s --exit-code".formatted(directory));
    }

    @Test
    void aPermanentFailureIsTriedOnceAndTheStatusIsAskedForAllTheSame() {
        JsonNode run = answers().path("permanent");
        assertThat(run.path("state").asText()).isEqualTo("failed");
        assertThat(run.at("/tasks/sweep/0").asText()).isEqualTo("failed");
        assertThat(texts(run.path("submitted"))).hasSize(1);
        assertThat(texts(run.path("asked"))).hasSize(1);
    }

    @Test
    void aDriverThatHangsSettlesAtTheTimeLimitAndIsTriedAgain() {
        JsonNode run = answers().path("hangs");
        assertThat(texts(run.path("settled"))).containsExactly("settled");
        assertThat(texts(run.path("submitted"))).hasSize(2);
        assertThat(run.path("state").asText()).isEqualTo("success");
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
