package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Episodes x₁ y₁ x₂ y₂ … of a classification of vectors: an example is a position that holds a vector, its label the
 * token after it. The loss is at every example, so that one episode trains all shot counts at once.
 *
 * @param labels the label tokens are 0 … labels − 1; the task's labels get some of them, drawn anew in every episode
 */
@Named("vectors")
public record VectorEpisodes(
        @Key(doc = "The task over vectors, as in a sweep.") TaskBlock task,

        @Key(doc = "Number of label tokens.", from = 2, otherwise = "16")
        int labels,

        @Key(doc = "Examples of an episode.", from = 1, otherwise = "32")
        int examples,

        @Key(doc = "Episodes of a step.", from = 1, otherwise = "8")
        int batch)
        implements Episodes, Episodes.Seeded {

    @Override
    public EpisodeSource source(long seed) {
        return TrainingBatch.drawn(task, examples, batch, seed, this::row);
    }

    private TrainingBatch.Row row(List<Demonstration> drawn, long key) {
        int[] dealt = RandomStream.of(key, 1).nextPermutation(labels);
        int[] targets = drawn.stream().mapToInt(one -> dealt[label(one)]).toArray();
        List<TokenSequence> parts = new ArrayList<>();
        for (int i = 0; i < examples; i++) {
            parts.add(example(drawn.get(i)));
            parts.add(TokenSequence.of(targets[i]));
        }
        int[] positions = IntStream.range(0, examples).map(i -> 2 * i).toArray();
        return new TrainingBatch.Row(TokenSequence.concat(parts), positions, targets);
    }

    /** The position that holds the example's vector. */
    private static TokenSequence example(Demonstration demonstration) {
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
}
