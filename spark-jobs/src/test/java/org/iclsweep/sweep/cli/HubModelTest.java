package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.HubCache;
import org.iclsweep.sweep.SmallCheckpoint;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.ModelSpec;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that is named as on the hub and found in the local cache of it. */
class HubModelTest {
    private static final String COMMIT = "12fd25f77366fa6b3b4b768ec3050bf629380bac";

    @TempDir
    Path directory;

    private Path snapshot;

    /** The cache as {@code hf download} leaves it: a snapshot of links to blobs. */
    @BeforeEach
    void layOut() throws IOException {
        Path plain = SmallCheckpoint.ofSeed(1).write(directory.resolve("plain"));
        Path folder = directory.resolve("hub/models--org--name");
        snapshot = Files.createDirectories(folder.resolve("snapshots").resolve(COMMIT));
        Files.createDirectories(folder.resolve("blobs"));
        Files.createDirectories(folder.resolve("refs"));
        Files.writeString(folder.resolve("refs/main"), COMMIT);
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.move(plain.resolve(file), folder.resolve("blobs/" + file.length()));
            Files.createSymbolicLink(snapshot.resolve(file), Path.of("../../blobs/" + file.length()));
        }
        System.setProperty(HubCache.PROPERTY, directory.resolve("hub").toString());
    }

    @AfterEach
    void leave() {
        System.clearProperty(HubCache.PROPERTY);
    }

    private Path sweep(String model) throws IOException {
        return Files.writeString(directory.resolve("sweep.conf"), """
                sweep { name = hub, models = [ { path = "%s", dtypes = [float64] } ]
                  tasks = [ { name = random-tokens, context-tokens = 8, query-tokens = 2, vocabulary = 48 } ]
                  demonstrations { shots = [1], sets-per-task = 2 }, evaluation { queries-per-set = 1 }
                  output = "%s" }
                """.formatted(model, directory.resolve("out")));
    }

    private ModelSpec model(String path) throws IOException {
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.read(sweep(path), List.of());
        return plan.sweep().specification().models().get(0);
    }

    @Test
    void commandsTakeTheModelByItsName() throws IOException {
        Commands.Said certified = Commands.say("certify", "--model", "hf:org/name", "--contexts", "5");
        assertThat(certified.err()).isEmpty();
        assertThat(certified.exit()).isZero();
        assertThat(certified.out())
                .contains("\"model\" : \"hf:org/name\"", "\"model_revision\" : \"" + COMMIT + "\"")
                .contains(Checkpoint.open(snapshot).sha256());
        Path input =
                Files.writeString(directory.resolve("input.jsonl"), "{\"id\":0,\"context\":[1,2,3],\"query\":[4]}\n");
        Commands.Said verified =
                Commands.say("verify", "--model", "hf:org/name@12fd25", "--input", input, "--max-error", "1e-9");
        assertThat(verified.exit()).as(verified.err()).isZero();
        Path converted = directory.resolve("converted");
        Path context = Files.writeString(directory.resolve("context.json"), "[1,2,3]");
        assertThat(Commands.say("convert", "--model", "hf:org/name", "--context", context, "--out", converted)
                        .exit())
                .isZero();
        assertThat(converted.resolve("config.json")).isRegularFile();
        assertThat(Commands.say("generate", "--model", "hf:org/name", "--prompt", "a", "--max-tokens", "1")
                        .exit())
                .isZero();
    }

    @Test
    void aSweepTakesTheModelByItsNameAndWritesItsRevision() throws IOException, SQLException {
        assertThat(Sweeps.run(sweep("hf:org/name")).exit().code()).isZero();
        try (SweepTables tables = SweepTables.open(directory.resolve("out"))) {
            assertThat(tables.query("SELECT DISTINCT model, model_revision, model_sha256 FROM trials")
                            .rows())
                    .containsExactly(List.of(
                            "hf:org/name", COMMIT, Checkpoint.open(snapshot).sha256()));
            String trial = tables.query("SELECT trial_id FROM trials LIMIT 1")
                    .rows()
                    .get(0)
                    .get(0);
            // The branch may move: what was planned is written down with its commit.
            Files.writeString(directory.resolve("hub/models--org--name/refs/main"), "0".repeat(40));
            Commands.Said again = Commands.say(
                    "verify",
                    "--trial",
                    trial,
                    "--sweep",
                    directory.resolve("out").toString());
            assertThat(again.exit()).as(again.out() + again.err()).isZero();
        }
    }

    @Test
    void theSnapshotsDirectoryGivesTheSameModelAndRevision() throws IOException {
        assertThat(model(snapshot.toString()).revision())
                .isEqualTo(model("hf:org/name").revision())
                .isEqualTo(COMMIT);
        assertThat(model(snapshot.toString()).sha256())
                .isEqualTo(model("hf:org/name").sha256());
    }

    @Test
    void aModelThatTheCacheLacksEndsEveryCommandWithTheLineThatFetchesIt() throws IOException {
        for (Commands.Said said : List.of(
                Commands.say("certify", "--model", "hf:org/other"),
                Commands.say("verify", "--model", "hf:org/other", "--input", "x"),
                Commands.say("plan", sweep("hf:org/other")))) {
            assertThat(said.exit()).isEqualTo(2);
            assertThat(said.err())
                    .contains("hf download org/other")
                    .contains(directory.resolve("hub").toString());
            assertThat(said.err().strip().lines()).hasSizeLessThanOrEqualTo(2);
        }
    }
}
