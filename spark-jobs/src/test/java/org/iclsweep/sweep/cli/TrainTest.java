package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.iclsweep.sweep.cli.Commands.say;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.iclsweep.sweep.cli.Commands.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTest {
    private static final String TRAINING = """
            training {
              name = small, output = "%s"
              model {
                model_type = linear_llama, vocab_size = 9, hidden_size = 8, num_hidden_layers = 1
                num_attention_heads = 1, intermediate_size = 8
              }
              optimizer { learning-rate = 1e-2 }
              steps = %d
              episodes { kind = random-tokens, vocabulary = 9, length = 8, batch = 2 }
              evaluation { shots = [0], sets = 2, queries = 1, seeds = [1], tasks = [ { name = induction, vocabulary = 9, context-tokens = 8 } ] }
            }
            """;

    @TempDir
    private Path directory;

    @Test
    void aFinishedTrainingIsPrintedAgainAndAnotherOneInItsDirectoryIsRefused() throws IOException {
        Path output = directory.resolve("model");
        Said first = train(output, 3);
        assertThat(first.exit()).isZero();
        assertThat(first.out()).contains("# Accuracy of small");

        Said again = train(output, 3);
        assertThat(again.exit()).isZero();
        assertThat(again.out()).isEqualTo(first.out());
        assertThat(again.err())
                .contains("has the checkpoint of this training already")
                .doesNotContain("step 3 of 3");

        Said other = train(output, 4);
        assertThat(other.exit()).isEqualTo(2);
        assertThat(other.err()).contains("expected a new directory", output.toString(), "--set training.output=DIR");
    }

    @Test
    void anEvaluationThatWasInterruptedIsMadeUpFor() throws IOException {
        Path output = directory.resolve("model");
        String first = train(output, 3).out();
        Files.delete(output.resolve("evaluation.md"));
        assertThat(train(output, 3).out()).isEqualTo(first);
        assertThat(output.resolve("evaluation.md")).hasContent(first);
    }

    private Said train(Path output, int steps) throws IOException {
        return say("train", Files.writeString(directory.resolve("small.conf"), TRAINING.formatted(output, steps)));
    }
}
