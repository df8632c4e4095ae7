package org.iclsweep.sweep.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.InputException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Configurations with a fault in every block, each in a line that ends with {@code # WRONG key}. */
class EveryFaultAtOnceTest {
    private static final String MARK = "# WRONG ";

    private static final String GRID = """
            sweep {
              kind = %s
              models = [ { path = "nowhere" }                                    # WRONG sweep.models[0].path
                         { random { model_type = linear_llama, hidden_size = 16, layers = 1, heads = 2, vocab = 3 }
                           dtypes = [float16] } ]                                # WRONG sweep.models[1].dtypes[0]
              tasks = [ { name = texts
                          train = "no_such.jsonl"                                # WRONG sweep.tasks[0].train
                          test = "none_either.jsonl"                             # WRONG sweep.tasks[0].test
                          max-words = -1                                         # WRONG sweep.tasks[0].max-words
                          shots = [-1]                                           # WRONG sweep.tasks[0].shots[0]
                          typo = 1 } ]                                           # WRONG sweep.tasks[0].typo
              demonstrations { sets-per-task = 0 }                               # WRONG sweep.demonstrations.sets-per-task
              evaluation { queries-per-set = 0 }                                 # WRONG sweep.evaluation.queries-per-set
              execution { batch-tokens = 0 }                                     # WRONG sweep.execution.batch-tokens
              wave-trials = 3                                                    # WRONG sweep.wave-trials
              output = "gs://bucket"                                             # WRONG sweep.output
              name = faulty
            """;

    private static final String GENERALIZATION = """
            sweep {
              kind = generalization, name = faulty, output = out
              seeds = []                                                         # WRONG sweep.seeds
              measure-every = 0                                                  # WRONG sweep.measure-every
              training {
                alpha = 2                                                        # WRONG sweep.variants.a.alpha
              }
              variants = [ { name = a }
                           { name = b, neurons = 0 } ]                           # WRONG sweep.variants.b.neurons
              vary { beta = 1 }                                                  # WRONG sweep.vary.beta
              evaluations = [ { name = c, prompts = 0 } ]                        # WRONG sweep.evaluations[0].prompts
              execution { wave-trials = 0 }                                      # WRONG sweep.execution.wave-trials
              max-failed-fraction = 1                                            # WRONG sweep.max-failed-fraction
            }
            """;

    private static final String TRAINING = """
            sweep {
              kind = training, name = faulty, output = out
              seeds = []                                                         # WRONG sweep.seeds
              execution { gpu = required }                                       # WRONG sweep.execution.gpu
              batch-trials = 2                                                   # WRONG sweep.batch-trials
              variants = [ { name = a
                             steps = 0                                           # WRONG sweep.variants[0].steps
                             seed = 3 }                                          # WRONG sweep.variants[0].seed
                           { name = b } ]
            }
            training {
              name = clusters, output = unused
              model {
                model_type = linear_llama, vocab_size = 3, input_size = 4, hidden_size = 16, num_hidden_layers = 1
                num_attention_heads = 1, intermediate_size = 16, position_embedding = none, conv_size = 2
              }
              optimizer { learning-rate = fast }                                 # WRONG training.optimizer.learning-rate
              steps = 4
              log-every = 0                                                      # WRONG training.log-every
              episodes {
                kind = vectors, batch = 4, examples = 6, labels = 3
                task { name = gaussian-clusters, classes = 1, dimension = 4 }    # WRONG training.episodes.task.classes
              }
            }
            """;

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> aFaultInEveryBlockIsReportedWithItsLineInOneMessage() {
        return Experiments.ALL.stream()
                .map(Experiment::kind)
                .map(kind -> DynamicTest.dynamicTest(
                        kind,
                        () -> assertThat(found(configuration(kind)))
                                .containsAll(marked(configuration(kind)))
                                .doesNotHaveDuplicates()));
    }

    private static String configuration(String kind) {
        return switch (kind) {
            case "generalization" -> GENERALIZATION;
            case "training" -> TRAINING;
            case "selection" -> GRID.formatted(kind) + "search { candidates = 0 } # WRONG sweep.search.candidates\n}\n";
            case "meta-optimizer" ->
                GRID.formatted(kind) + "fine-tuning { permutations = -1 } # WRONG sweep.fine-tuning.permutations\n}\n";
            default -> GRID.formatted(kind) + "methods = [ { name = no-method } ] # WRONG sweep.methods[0].name\n}\n";
        };
    }

    @Test
    void aKeyThatMovedIntoTheBlockExecutionNamesItsNewPlace() throws IOException {
        assertThat(messages(GENERALIZATION))
                .contains("expected the key execution.max-failed-fraction, found max-failed-fraction; move it into the"
                        + " block execution { … }");
    }

    private String messages(String text) throws IOException {
        return read(text).getMessage();
    }

    private List<String> found(String text) throws IOException {
        return read(text).faults().stream()
                .map(fault -> fault.place().line() + " " + fault.key())
                .toList();
    }

    private InputException read(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("faulty.conf"), text);
        return catchThrowableOfType(InputException.class, () -> Experiments.read(file, List.of()));
    }

    private static List<String> marked(String text) {
        List<String> lines = text.lines().toList();
        return IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).contains(MARK))
                .mapToObj(
                        i -> (i + 1) + " " + lines.get(i).substring(lines.get(i).indexOf(MARK) + MARK.length()))
                .toList();
    }
}
