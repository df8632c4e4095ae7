package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.cli.Commands;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lineage of sweeps: run events of OpenLineage. A checkpoint and a task of two files, 12 trials in 2 waves. */
class LineageTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path HOME = StandaloneCluster.HOME;
    private static final Schema RUN_EVENT = schema();

    @TempDir
    private Path directory;

    private static Schema schema() {
        try (InputStream text = LineageTest.class.getResourceAsStream("/openlineage-run-event.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                    .getSchema(JSON.readTree(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SweepPlan<GridSpecification, Trial> plan(String... settings) throws IOException {
        Path file = Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = traced
                  models = [ { path = "%1$s/models/text-icl" } ]
                  tasks = [ { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl"
                              test = "%1$s/conf/data/quickstart_test.jsonl", template = model, labels = model } ]
                  demonstrations { shots = [0, 1], sets-per-task = 6 }
                  execution { batch-trials = 6 }
                  output = "%2$s"
                }
                """.formatted(HOME, directory.resolve("out")));
        return SweepFiles.read(file, List.of(settings));
    }

    private SweepOutcome run(ArithmeticRunners runners, String... settings) throws IOException {
        return SweepRun.run(LocalSpark.session(), runners.on(plan(settings)), StopSignal.never());
    }

    /** The events in the order of their names, each valid. */
    private List<JsonNode> events() throws IOException {
        List<JsonNode> events = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory.resolve("out/lineage"))) {
            for (Path file : files.sorted().toList()) {
                assertThat(Files.readAllLines(file)).hasSize(1);
                JsonNode event = JSON.readTree(file.toFile());
                assertThat(RUN_EVENT.validate(event)).as(event.toString()).isEmpty();
                assertThat(file.getFileName().toString())
                        .endsWith("-%s-%s.json"
                                .formatted(
                                        event.at("/run/runId").asText(),
                                        event.path("eventType").asText()));
                events.add(event);
            }
        }
        return events;
    }

    private List<String> types() throws IOException {
        return events().stream().map(event -> event.path("eventType").asText()).toList();
    }

    @Test
    void aRunHasItsBeginAndItsEndWithModelsAndFilesByTheirDigestsAndRowsByTheirNumber() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan();
        assertThat(run(ArithmeticRunners.SOUND).exit()).isEqualTo(ExitCode.DONE);
        assertThat(types()).containsExactly("START", "COMPLETE");
        JsonNode start = events().get(0);
        JsonNode end = events().get(1);
        assertThat(end.path("run").path("runId")).isEqualTo(start.path("run").path("runId"));
        assertThat(end.at("/job/name").asText()).isEqualTo("traced");
        assertThat(end.path("inputs"))
                .extracting(
                        input -> input.path("namespace").asText(),
                        input -> input.path("name").asText(),
                        input -> input.at("/facets/version/datasetVersion").asText())
                .containsExactly(
                        input(
                                "models/text-icl",
                                plan.sweep().specification().models().get(0).sha256()),
                        input("conf/data/quickstart_train.jsonl", digest(plan)),
                        input("conf/data/quickstart_test.jsonl", digest(plan)));
        JsonNode output = end.path("outputs").path(0);
        assertThat(output.path("name").asText())
                .isEqualTo(directory.resolve("out/trials").toString());
        assertThat(output.at("/outputFacets/outputStatistics/rowCount").asLong())
                .isEqualTo(12);
        assertThat(output.at("/outputFacets/outputStatistics/fileCount").asLong())
                .isEqualTo(2);
        assertThat(output.at("/facets/schema/fields"))
                .anyMatch(field -> field.toString().equals("{\"name\":\"trial_id\",\"type\":\"string\"}"));
        assertThat(start.at("/outputs/0/outputFacets").isMissingNode()).isTrue();
    }

    private static org.assertj.core.groups.Tuple input(String path, String digest) {
        return org.assertj.core.api.Assertions.tuple("file", HOME.resolve(path).toString(), "sha256:" + digest);
    }

    private static String digest(SweepPlan<GridSpecification, Trial> plan) {
        return plan.sweep().specification().tasks().get(0).digest();
    }

    @Test
    void aRunThatStopsIsAbortedAndOneThatFailsSaysWhy() throws IOException {
        assertThatThrownBy(() -> run(ArithmeticRunners.SOUND.withDiskFull(7L)))
                .hasMessageContaining("the disk is full");
        assertThat(types()).containsExactly("START", "FAIL");
        assertThat(events().get(1).at("/run/facets/errorMessage/message").asText())
                .contains("wave 1 (trials 6 to 11", "the disk is full");
        assertThat(events().get(1)
                        .at("/outputs/0/outputFacets/outputStatistics/rowCount")
                        .asLong())
                .isEqualTo(6);
        assertThat(run(ArithmeticRunners.SOUND.taking(300L), "sweep.execution.budget.hours=1e-9")
                        .exit())
                .isEqualTo(ExitCode.BUDGET);
        assertThat(types()).containsExactly("START", "FAIL", "START", "ABORT");
    }

    @Test
    void aRunWhoseDriverDiedIsEndedByTheNextOne() throws IOException {
        assertThat(run(ArithmeticRunners.SOUND).exit()).isEqualTo(ExitCode.DONE);
        Path complete;
        try (Stream<Path> files = Files.list(directory.resolve("out/lineage"))) {
            complete = files.filter(file -> file.toString().endsWith("-COMPLETE.json"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.delete(complete);
        assertThat(run(ArithmeticRunners.SOUND).exit()).isEqualTo(ExitCode.DONE);
        assertThat(types()).containsExactly("START", "ABORT", "START", "COMPLETE");
        List<JsonNode> events = events();
        assertThat(events.get(1).path("run").path("runId"))
                .isEqualTo(events.get(0).path("run").path("runId"));
        assertThat(events.get(3)
                        .at("/outputs/0/outputFacets/outputStatistics/rowCount")
                        .asLong())
                .as("rows of this run")
                .isZero();
    }

    /** A file is in the place of the directory. */
    @Test
    void noSweepFailsForEventsThatCannotBeWritten() throws IOException {
        Files.createDirectories(directory.resolve("out"));
        Files.writeString(directory.resolve("out/lineage"), "");
        assertThat(run(ArithmeticRunners.SOUND).exit()).isEqualTo(ExitCode.DONE);
        assertThat(directory.resolve("out/lineage")).isEmptyFile();
    }

    @Test
    void theEventsAreNoStrayFilesToTheStatus() throws IOException {
        run(ArithmeticRunners.SOUND);
        Commands.Said said = Commands.say("status", directory.resolve("out"), "--check");
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out()).contains("12 done").doesNotContain("lineage");
    }

    @ParameterizedTest
    @CsvSource({
        "/data/train.jsonl,           file,              /data/train.jsonl",
        "file:///data/train.jsonl,    file,              /data/train.jsonl",
        "hdfs://name:8020/a/b,        hdfs://name:8020,  /a/b",
        "s3a://bucket/a/b.parquet,    s3://bucket,       a/b.parquet",
        "hf:org/model@0123abc,        hf,                org/model@0123abc",
    })
    void aDatasetIsNamedByItsPlace(String location, String namespace, String name) {
        assertThat(OpenLineage.dataset(location))
                .containsEntry("namespace", namespace)
                .containsEntry("name", name);
    }
}
