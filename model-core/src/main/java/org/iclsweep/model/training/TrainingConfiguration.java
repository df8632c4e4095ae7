package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.TaskBlock;
import org.jspecify.annotations.Nullable;

/** The block {@code training { … }}: all that determines a training. */
public record TrainingConfiguration(
        @Key(doc = "Name of the model.") String name,

        @Key(doc = "Directory of the checkpoint; it must not exist.")
        String output,

        @Key(doc = "Seed of the initial weights, the word vectors and the episodes.", otherwise = "1")
        long seed,

        @Key(doc = "The config.json of the checkpoint.") ObjectNode model,

        @Key(
                doc =
                        "Initial weights. `plain`: random. `keys-as-queries`: random, but each projection to keys as that to"
                                + " queries, as the models of linear attention have it anyhow. `structured`: a classifier of"
                                + " texts made of word vectors, for a `gated_deltanet` of two layers.",
                otherwise = "plain")
        Start start,

        @Key(doc = "Trainable biases; without this block there are none.") @Nullable Biases biases,

        @Key(doc = "Parts of the names of tensors that are not trained.", otherwise = "[]", distinct = true)
        List<String> frozen,

        @Key(doc = "AdamW and its schedule.", otherwise = "{}")
        OptimizerSettings optimizer,

        @Key(doc = "Number of updates.", from = 1) int steps,
        @Inline TrainingRun.Rhythm rhythm,
        @Key(doc = "The source of the episodes.") Episodes episodes,

        @Key(
                doc = "Tasks whose mean accuracy chooses the weights that are shipped; without tasks, the last are.",
                otherwise = "{}")
        Examination validation,

        @Key(doc = "Tasks on which the shipped weights are evaluated.", otherwise = "{}")
        Examination evaluation,

        @Key(doc = "Text that is not trained on, for the perplexity of the shipped weights.", otherwise = "{}")
        HeldOut heldOut)
        implements Checked, Serializable {
    private static final int BYTES = 256;

    public TrainingConfiguration {
        frozen = List.copyOf(frozen);
    }

    /** Initial weights. */
    public enum Start {
        /** {@link InitialWeights}. */
        PLAIN,
        /** {@link InitialWeights#withKeysAsQueries}. */
        KEYS_AS_QUERIES,
        /** A classifier of texts made of word vectors, for a {@code gated_deltanet} of two layers. */
        STRUCTURED
    }

    /** Trainable biases: b_D starts from {@code normaliser}, b_KV from 0. */
    public record Biases(
            @Key(doc = "Initial b_D; b_KV starts from 0.", otherwise = "0")
            double normaliser) implements Serializable {}

    /** A text that is not trained on, read as bytes; without files there is none. */
    public record HeldOut(
            @Key(doc = "Files of running text.", otherwise = "[]")
            List<TextSource.Unlabelled> sources,

            @Key(doc = "Number of tokens that are predicted.", from = 1, otherwise = "32768")
            int tokens,

            @Key(
                    doc = "Lengths of the windows that the text is cut into; each divides `tokens`.",
                    from = 2,
                    distinct = true,
                    otherwise = "[]")
            List<Integer> windows,

            @Key(
                    doc = "Lengths of windows that are read twice; each divides `tokens`.",
                    from = 2,
                    distinct = true,
                    otherwise = "[]")
            List<Integer> repeated)
            implements Checked, Serializable {
        public HeldOut {
            sources = List.copyOf(sources);
            windows = List.copyOf(windows);
            repeated = List.copyOf(repeated);
        }

        @Override
        public void check(Scope scope) {
            if (!sources.isEmpty()) {
                requireDivisors("windows", windows, scope);
                requireDivisors("repeated", repeated, scope);
            }
        }

        private void requireDivisors(String key, List<Integer> lengths, Scope scope) {
            for (int length : lengths) {
                if (tokens % length != 0) {
                    scope.fault(key, "expected divisors of tokens = %s, found %s".formatted(tokens, length));
                }
            }
        }
    }

    /** Accuracies by the number of demonstrations. */
    public record Examination(
            @Key(doc = "Numbers of demonstrations.", from = 0, nonEmpty = true, distinct = true, otherwise = "[16]")
            List<Integer> shots,

            @Key(doc = "Demonstration sets per seed.", from = 1, otherwise = "100")
            int sets,

            @Key(doc = "Queries of a set.", from = 1, otherwise = "4")
            int queries,

            @Key(doc = "Seeds of the sets.", nonEmpty = true, distinct = true, otherwise = "[1]")
            List<Long> seeds,

            @Key(doc = "The tasks, as in a sweep.", otherwise = "[]")
            List<TaskBlock> tasks)
            implements Serializable {
        public Examination {
            shots = List.copyOf(shots);
            seeds = List.copyOf(seeds);
            tasks = List.copyOf(tasks);
        }
    }

    @Override
    public void check(Scope scope) {
        try {
            directory();
        } catch (InvalidPathException e) {
            scope.fault("output", "expected the name of a directory, found another text: " + e.getReason());
        }
        if (episodes instanceof TextWindows trained) {
            requireBytes(scope);
            requireOther(trained, scope.in("held-out"));
        } else if (!heldOut.sources().isEmpty()) {
            scope.fault(
                    "held-out", "expected episodes of kind = running-text, found another kind; leave the block out");
        }
    }

    private void requireBytes(Scope scope) {
        String tokenizer = model.path("tokenizer").asText();
        int vocabulary = model.path("vocab_size").asInt();
        if (!tokenizer.equals("bytes") || vocabulary < BYTES) {
            scope.fault(
                    "model",
                    "expected tokenizer = bytes and vocab_size of at least %s, found \"%s\" and %s"
                            .formatted(BYTES, tokenizer, vocabulary));
        }
    }

    private void requireOther(TextWindows trained, Scope scope) {
        for (TextSource source : heldOut.sources()) {
            if (trained.sources().stream().anyMatch(other -> other.file().equals(source.file()))) {
                scope.fault("sources", "expected files that are not trained on, found " + source.file());
            }
        }
    }

    /** The same training with another seed and directory. */
    TrainingConfiguration with(long otherSeed, Path directory) {
        return with(directory.toString(), otherSeed, steps);
    }

    /** The same training with another number of steps. */
    TrainingConfiguration withSteps(int otherSteps) {
        return with(output, seed, otherSteps);
    }

    private TrainingConfiguration with(String otherOutput, long otherSeed, int otherSteps) {
        return new TrainingConfiguration(
                name,
                otherOutput,
                otherSeed,
                model,
                start,
                biases,
                frozen,
                optimizer,
                otherSteps,
                rhythm,
                episodes,
                validation,
                evaluation,
                heldOut);
    }

    /** The directory of the checkpoint. */
    public Path directory() {
        return Path.of(output);
    }

    /** True if the shipped weights are evaluated. */
    public boolean isEvaluated() {
        return !evaluation.tasks().isEmpty() || !heldOut.sources().isEmpty();
    }
}
