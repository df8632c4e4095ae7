package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.iclsweep.datasets.pretrained.SmolLm2;
import org.iclsweep.model.checkpoint.HubCache;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.cli.Commands;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A published model by its name in the hub's cache, on real text: a part of conf/sweeps/real-models.conf. */
class RealModelTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path DATA = HOME.resolve("../shared/data").normalize();

    /** The largest difference of a margin, in nats: the rounding of float32. */
    private static final double ROUNDING = 1e-3;

    @TempDir
    private Path directory;

    @BeforeEach
    void theModelIsInTheCache() {
        System.setProperty(HubCache.PROPERTY, SmolLm2.cache().toString());
    }

    @AfterEach
    void forgetTheCache() {
        System.clearProperty(HubCache.PROPERTY);
    }

    @Test
    void everyAnswerAndMarginOfSst2IsThatOfTransformersWithAndWithoutTheChatTemplate() throws IOException {
        assumeTrue(Files.isDirectory(DATA), "left out: the public data sets are not in ../shared/data");
        Map<String, JsonNode> expected = expected();
        int compared = 0;
        for (Row trial : trials()) {
            assertThat(trial.<String>getAs("status")).isEqualTo("ok");
            assertThat(trial.<Double>getAs("max_abs_logit_error")).isLessThan(ROUNDING);
            for (Row prediction : trial.<Row>getList(trial.fieldIndex("predictions"))) {
                JsonNode right = expected.get(key(
                        trial.getAs("task"),
                        trial.getList(trial.fieldIndex("demonstration_ids")),
                        prediction.getAs("query_id")));
                assertThat(right).as("recorded for " + trial).isNotNull();
                for (String run : List.of("prompted", "converted")) {
                    assertThat(prediction.<String>getAs(run))
                            .isEqualTo(right.get("answer").asText());
                    assertThat(prediction.<Double>getAs(run + "_margin"))
                            .isCloseTo(right.get("margin").asDouble(), within(ROUNDING));
                }
                compared++;
            }
        }
        assertThat(compared).isEqualTo(4);
    }

    /** One set of two demonstrations, two queries, as text and as a conversation. */
    private List<Row> trials() {
        Path out = directory.resolve("out");
        List<String> settings = List.of(
                "sweep.output=\"" + out + "\"",
                "sweep.demonstrations.shots=[2]",
                "sweep.demonstrations.sets-per-task=1",
                "sweep.evaluation.queries-per-set=2",
                "sweep.evaluation.audit.fraction=0");
        Environment environment =
                Environment.of(Map.of(Environment.DATA_VARIABLE, DATA.toString()), new InputFiles(List.of(HOME)));
        Path file = HOME.resolve("conf/sweeps/real-models.conf");
        SweepRun.run(LocalSpark.session(), Experiments.read(file, settings, environment), StopSignal.never());
        List<Row> rows = LocalSpark.session()
                .read()
                .parquet(out.resolve("trials").toString())
                .collectAsList();
        assertThat(rows).hasSize(2);
        return rows;
    }

    private static Map<String, JsonNode> expected() throws IOException {
        Map<String, JsonNode> answers = new HashMap<>();
        JsonNode recorded;
        try (InputStream file = RealModelTest.class.getResourceAsStream("/real-models/expected.json")) {
            recorded = new ObjectMapper().readTree(file);
        }
        for (JsonNode answer : recorded) {
            List<Long> shown = new ArrayList<>();
            answer.get("demonstration_ids").forEach(id -> shown.add(id.asLong()));
            answers.put(
                    key(
                            answer.get("task").asText(),
                            shown,
                            answer.get("query_id").asLong()),
                    answer);
        }
        return answers;
    }

    private static String key(String task, List<Long> shown, Long query) {
        return task + shown + query;
    }

    @Test
    void commandsTakeTheModelByItsName() {
        Commands.Said certified = Commands.say("certify", "--model", SmolLm2.HUB_NAME);
        assertThat(certified.exit()).as(certified.err()).isEqualTo(1);
        assertThat(certified.out()).contains("separable_normaliser", "full-cache");
        Commands.Said generated = Commands.say(
                "generate",
                "--model",
                SmolLm2.HUB_NAME,
                "--context-text",
                "The capital of",
                "--prompt",
                " France is",
                "--max-tokens",
                "1");
        assertThat(generated.exit()).as(generated.err()).isZero();
        assertThat(generated.out()).contains("prompted:\n   Paris\n", "the same token");
    }
}
