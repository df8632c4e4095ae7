package org.iclsweep.sweep.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/**
 * The smallest sweep of every kind: four trials, in batches of two where the kind has batches, all of it in float64
 * where the kind can. A kind without one fails the laws that walk {@link Experiments#ALL}.
 */
public final class SmallSweeps {
    private static final boolean SOAK = Integer.getInteger("icl.sweep.fault-seeds", 1) > 1;
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    private static final String STATES = """
            models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 1, heads = 2, vocab = 3
                                  input_size = 4, icl_labels = [0, 1, 2], seed = 2 }, dtypes = [float64] } ]
            tasks = [ { name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 } ]
            demonstrations { shots = [2], sets-per-task = 4 }
            evaluation { queries-per-set = 2, audit { fraction = 0.5 } }
            execution { batch-trials = 2, strict = true, max-failed-fraction = 1 }
            """;

    private static final Map<String, String> BODIES = new HashMap<>(Map.of(
            "conversion",
            STATES,
            "influence",
            STATES,
            "order-sensitivity",
            STATES,
            "selection",
            STATES + "search { candidates = 4, validation-queries = 2 }\n",
            "state-tuning",
            STATES + "tuning { steps = [0, 2], learning-rates = [0.01], examples = [3], seeds = [1] }\n",
            "meta-optimizer",
            """
            models = [ { path = "%1$s/models/text-icl-softmax", dtypes = [float64] } ]
            tasks = [ { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl"
                        test = "%1$s/conf/data/quickstart_test.jsonl", template = model, labels = model } ]
            demonstrations { shots = [2], sets-per-task = 4 }
            evaluation { queries-per-set = 2 }
            fine-tuning { variants = [ { name = tuned, learning-rates = [0.01] } ]
                          validation-queries = 2, permutations = 2, controls = false }
            execution { batch-trials = 2, strict = true, max-failed-fraction = 1 }
            """.formatted(HOME),
            "generalization",
            """
            seeds = [1, 2], measure-every = 2
            execution { batch-trials = 2, max-failed-fraction = 1 }
            training {
              dimension = 8, label-dimension = 2, relevant = 4, irrelevant = 4, shifts = [1], alpha = 0.8
              length = 6, neurons = 10, batch = 5, iterations = 4, delta = 0.4, dtype = float64
            }
            variants = [ { name = soft }, { name = linear, model = linear } ]
            evaluations = [ { name = unseen, prompts = 10, along = true, length = 5, pruning = [0, 0.5] } ]
            """,
            "training",
            "seeds = [3, 4], bias-starts = [0.5], execution { max-failed-fraction = 1 }\n"));

    private static final String TRAINING = """
            training {
              name = clusters, output = unused
              model {
                model_type = linear_llama, vocab_size = 3, input_size = 4, hidden_size = 16, num_hidden_layers = 1
                num_attention_heads = 1, intermediate_size = 16, position_embedding = none, conv_size = 2
              }
              optimizer { learning-rate = 1e-2 }
              steps = 4, log-every = 2
              episodes {
                kind = vectors, batch = 4, examples = 6, labels = 3
                task { name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 }
              }
            }
            """;

    private SmallSweeps() {}

    /** Every kind, by its name: the arguments of the laws. */
    public static Stream<Named<Experiment<?, ?>>> kinds() {
        return Experiments.ALL.stream().map(kind -> Named.of(kind.kind(), kind));
    }

    /**
     * The kinds that a law of the engine is held to, for which kinds differ by the shape of their tables alone: one row
     * or several for a trial, side tables or none. In the build the first kind of each shape, in the soak every kind.
     */
    public static Stream<Named<Experiment<?, ?>>> kindsByTables() {
        Set<List<Object>> shapes = new HashSet<>();
        return kinds().filter(kind -> shapes.add(shape(kind.getPayload())) || SOAK);
    }

    private static List<Object> shape(Experiment<?, ?> kind) {
        return List.of(kind.tables().size() > 1, kind.tables().get(0).table().rowsPerTrial());
    }

    /** The plan of the small sweep of a kind, whose output is {@code directory/output}, with settings on top. */
    public static SweepPlan<?, ?> plan(Experiment<?, ?> kind, Path directory, String output, String... settings) {
        String body = BODIES.get(kind.kind());
        if (body == null) {
            throw new IllegalStateException("there is no small sweep of kind " + kind.kind() + ": add one here");
        }
        String text = """
                sweep {
                  name = small, kind = %s, output = "%s"
                %s}
                """.formatted(kind.kind(), directory.resolve(output), body);
        try {
            Path file = Files.writeString(
                    directory.resolve("sweep.conf"), kind.kind().equals("training") ? text + TRAINING : text);
            return Experiments.read(file, List.of(settings));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
