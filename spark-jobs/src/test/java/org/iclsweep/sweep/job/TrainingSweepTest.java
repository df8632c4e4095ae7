package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.training.TrainingSpecification;
import org.iclsweep.sweep.experiment.training.TrainingTrial;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings with and without biases, as a sweep: two of a few steps. */
class TrainingSweepTest {
    @TempDir
    private Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void writeConfiguration() throws IOException {
        file = directory.resolve("bias.conf");
        Files.writeString(file, """
                sweep { name = bias, kind = training, seeds = [3], bias-starts = [0.5], output = "%s" }
                training {
                  name = clusters
                  output = unused
                  model {
                    model_type = linear_llama, vocab_size = 3, input_size = 4, hidden_size = 16, num_hidden_layers = 1
                    num_attention_heads = 1, intermediate_size = 16, position_embedding = none, conv_size = 2
                  }
                  optimizer { learning-rate = 1e-2 }
                  steps = 6
                  log-every = 2
                  episodes {
                    kind = vectors, batch = 4, examples = 6, labels = 3
                    task { name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 }
                  }
                }
                """.formatted(directory.resolve("out")));
    }

    private SweepPlan<TrainingSpecification, TrainingTrial> sweep(String... settings) {
        return SweepFiles.read(file, List.of(settings));
    }

    private static SweepOutcome run(SweepPlan<TrainingSpecification, TrainingTrial> sweep) {
        return SweepRun.run(LocalSpark.session(), sweep, StopSignal.never());
    }

    private List<String> rows(String output) {
        return LocalSpark.session()
                .read()
                .parquet(directory.resolve(output).resolve("training_curve").toString())
                .drop("run", "wave")
                .collectAsList()
                .stream()
                .map(Row::toString)
                .sorted()
                .toList();
    }

    private record Ended(String state, int exitCode, long trials, long done) {}

    private Ended status() {
        RunStatus status =
                RunStatus.read(Storage.at(directory.resolve("out").toString())).orElseThrow();
        return new Ended(status.state(), status.exitCode(), status.trials(), status.trialsDone());
    }

    private long step(String status) {
        return LocalSpark.session()
                .read()
                .parquet(directory.resolve("out/training_curve").toString())
                .filter("status = '" + status + "'")
                .agg(functions.max("step"))
                .head()
                .getLong(0);
    }

    @Test
    void everyLoggedStepOfEveryVariantIsARow() {
        SweepOutcome outcome = run(sweep());
        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        // Without and with biases, steps 2, 4 and 6.
        assertThat(rows("out")).hasSize(6);
        assertThat(rows("out").stream().filter(row -> row.contains("true,0.5"))).hasSize(3);
        assertThat(status()).isEqualTo(new Ended(RunStatus.DONE, 0, 2, 2));
    }

    @Test
    void whatIsEvaluatedAfterATrainingIsARowForEveryNumberOfDemonstrations() {
        run(sweep(
                "training.model.icl_labels=[0, 1, 2]",
                "training.evaluation={ shots = [0, 4], sets = 4, queries = 5, seeds = [1],"
                        + " tasks = [{ name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 }] }"));
        List<String> rows = LocalSpark.session()
                .read()
                .parquet(directory.resolve("out/training_curve").toString())
                .filter("evaluation = 'gaussian-clusters' AND evaluation_accuracy BETWEEN 0 AND 1")
                .selectExpr("concat(biases, ' ', step, ' ', context)")
                .as(Encoders.STRING())
                .collectAsList();
        assertThat(rows).containsExactlyInAnyOrder("false 6 0", "false 6 4", "true 6 0", "true 6 4");
    }

    @Test
    void aSweepThatWasInterruptedGoesOnWithTheTrainingsThatAreNotThere() throws IOException {
        run(sweep());
        List<String> undisturbed = rows("out");
        Path again = directory.resolve("again");
        String output = "sweep.output=" + again;
        run(sweep(output));
        try (var parts = Files.list(again.resolve("training_curve/wave=000001"))) {
            for (Path part : parts.toList()) {
                Files.delete(part);
            }
        }
        Files.delete(again.resolve("training_curve/wave=000001"));
        run(sweep(output));
        assertThat(rows("again")).isEqualTo(undisturbed);
    }

    @Test
    void anotherTrainingInTheSameDirectoryIsRefused() {
        run(sweep());
        assertThatThrownBy(() -> run(sweep("training.steps=4"))).isInstanceOf(RefusedException.class);
    }

    @Test
    void aTrainingThatDivergesEndsWithAFailedRow() {
        SweepOutcome outcome = run(sweep(
                "training.optimizer.learning-rate=1e30", "training.steps=40", "sweep.execution.max-failed-fraction=1"));
        assertThat(outcome.counts().failed()).isPositive();
        assertThat(rows("out")).anyMatch(row -> row.contains("failed,DIVERGED"));
        assertThat(step("failed")).as("the step that it was given up at").isGreaterThan(step("ok"));
        assertThat(status()).isEqualTo(new Ended(RunStatus.DONE, 0, 2, 2));
    }

    @Test
    void faultsAreFoundBeforeAnythingRuns() {
        assertThatThrownBy(() -> sweep("sweep.seeds=none")).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> sweep("sweep.models=[]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("sweep.models");
        assertThatThrownBy(() -> sweep("training.steps=-1"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("training.steps");
        assertThat(sweep().size()).isEqualTo(2);
    }
}
