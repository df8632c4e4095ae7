package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Everything that makes a training what it is.
 *
 * @param model the config.json of the checkpoint
 * @param seed of initial weights, word vectors and episodes
 * @param start what the weights start from
 * @param biases the value that trainable biases of normalisers start from, b_KV starting from 0; empty: no such biases
 * @param frozen parts of the names of tensors that stay as they are
 * @param rhythm what happens how often
 * @param validation what decides which weights are shipped; of no tasks: the last ones are
 * @param evaluation what is told of the shipped weights
 * @param heldOut text that is not trained on, whose perplexity is told of the shipped weights
 * @param output the directory of the checkpoint
 * @param resolved this configuration as text, which is written beside the checkpoint
 */
public record TrainingConfiguration(
        String name,
        ObjectNode model,
        long seed,
        Start start,
        OptionalDouble biases,
        List<String> frozen,
        OptimizerSettings optimizer,
        long steps,
        TrainingRun.Rhythm rhythm,
        Episodes episodes,
        Examination validation,
        Examination evaluation,
        HeldOut heldOut,
        Path output,
        String resolved) {

    public TrainingConfiguration {
        frozen = List.copyOf(frozen);
    }

    /** What weights start from. */
    public enum Start {
        /** {@link InitialWeights}. */
        PLAIN,
        /** A classifier of texts made of word vectors, for a {@code gated_deltanet} of two layers. */
        STRUCTURED
    }

    /** Where episodes come from. */
    public sealed interface Episodes {}

    /**
     * A classification of vectors.
     *
     * @param task as the catalogue of tasks takes it, with its {@code name}
     * @param labels number of label tokens
     * @param examples in one episode
     */
    public record OfVectors(Map<String, Object> task, int labels, int examples, int batch) implements Episodes {}

    /** Rows of random tokens. */
    public record OfRandomTokens(int vocabulary, int length, int batch) implements Episodes {}

    /**
     * Texts.
     *
     * @param settings of the episodes; their seed is the training's
     * @param wordDimensions dimensions of the word vectors of a structured start
     * @param power of the eigenvalues in the word vectors
     */
    public record OfTexts(List<TextSource> sources, TextEpisodes.Settings settings, int wordDimensions, double power)
            implements Episodes {
        public OfTexts {
            sources = List.copyOf(sources);
        }
    }

    /**
     * Windows of a running text, read as bytes.
     *
     * @param length tokens of a window
     * @param batch windows of a step
     */
    public record OfRunningText(List<TextSource.Unlabelled> sources, int length, int batch) implements Episodes {
        public OfRunningText {
            sources = List.copyOf(sources);
        }
    }

    /**
     * A text that is not trained on, read as bytes.
     *
     * @param sources its files; none: nothing is told
     * @param tokens how many are predicted
     * @param windows lengths of the windows that it is cut into; each divides {@code tokens}
     * @param repeated lengths of windows that are read twice; each divides {@code tokens}
     */
    public record HeldOut(
            List<TextSource.Unlabelled> sources, int tokens, List<Integer> windows, List<Integer> repeated) {
        public HeldOut {
            sources = List.copyOf(sources);
            windows = List.copyOf(windows);
            repeated = List.copyOf(repeated);
        }
    }

    /** Whether anything is told of the shipped weights. */
    public boolean isEvaluated() {
        return !evaluation.tasks().isEmpty() || !heldOut.sources().isEmpty();
    }

    /**
     * Accuracies by the number of demonstrations.
     *
     * @param tasks as the catalogue of tasks takes them, each with its {@code name}
     */
    public record Examination(
            List<Integer> shots, int sets, int queries, List<Long> seeds, List<Map<String, Object>> tasks) {
        public Examination {
            shots = List.copyOf(shots);
            seeds = List.copyOf(seeds);
            tasks = List.copyOf(tasks);
        }
    }
}
