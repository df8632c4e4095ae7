package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Episodes x₁ y₁ x₂ y₂ … of a classification of vectors: an example is a position that holds a vector, its label the
 * token after it. The loss is at every example, so that one episode trains all shot counts at once.
 *
 * @param labels the label tokens are 0 … labels − 1; the task's labels get some of them, drawn anew in every episode
 * @param examples in one episode
 */
public record VectorEpisodes(Task task, int labels, int examples, int batch, long seed) implements EpisodeSource {

    @Override
    public TrainingBatch batch(long step) {
        List<TokenSequence> rows = new ArrayList<>();
        int[][] positions = new int[batch][examples];
        int[][] targets = new int[batch][examples];
        for (int row = 0; row < batch; row++) {
            long key = RandomStream.seed(seed, step, row);
            int[] dealt = RandomStream.of(key, 1).nextPermutation(labels);
            List<Demonstration> drawn =
                    task.draw(key, examples, Sampling.UNIFORM, 0).demonstrations();
            List<TokenSequence> parts = new ArrayList<>();
            for (int i = 0; i < examples; i++) {
                int label = dealt[label(drawn.get(i))];
                parts.add(example(drawn.get(i)));
                parts.add(TokenSequence.of(label));
                positions[row][i] = 2 * i;
                targets[row][i] = label;
            }
            rows.add(TokenSequence.concat(parts));
        }
        return new TrainingBatch(rows, positions, targets);
    }

    /** The position that holds the example's vector. */
    static TokenSequence example(Demonstration demonstration) {
        if (demonstration.input() instanceof Input.Vector vector) {
            return TokenSequence.ofVector(vector.values());
        }
        throw new IllegalArgumentException("Expected a task over vectors, found " + demonstration.input());
    }

    static int label(Demonstration demonstration) {
        if (demonstration.answer() instanceof Answer.Label label) {
            return label.index();
        }
        throw new IllegalArgumentException("Expected a label, found " + demonstration.answer());
    }

    /** The parameters of {@link #batch}. */
    @Override
    public String toString() {
        return "VectorEpisodes" + Arrays.asList(task.name(), labels, examples, batch, seed);
    }
}
