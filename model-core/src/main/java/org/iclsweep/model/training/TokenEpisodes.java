package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Episodes x₁ y₁ x₂ y₂ … of a task over tokens, such as the recall of values by their keys. The loss is at every
 * answer, so that one episode trains all shot counts at once; the first answer to an input can only be guessed.
 */
@Named("tokens")
public record TokenEpisodes(
        @Key(doc = "The task over tokens, as in a sweep.") TaskBlock task,

        @Key(doc = "Examples of an episode.", from = 1, otherwise = "32")
        int examples,

        @Key(doc = "Episodes of a step.", from = 1, otherwise = "8")
        int batch)
        implements Episodes, Episodes.Seeded {

    @Override
    public EpisodeSource source(long seed) {
        return TrainingBatch.drawn(task, examples, batch, seed, (drawn, key) -> row(drawn));
    }

    private static TrainingBatch.Row row(List<Demonstration> drawn) {
        IntStream.Builder tokens = IntStream.builder();
        IntStream.Builder positions = IntStream.builder();
        int length = 0;
        for (Demonstration example : drawn) {
            int[] asked = asked(example);
            int[] answer = answer(example);
            Arrays.stream(asked).forEach(tokens);
            Arrays.stream(answer).forEach(tokens);
            length += asked.length;
            IntStream.range(length - 1, length - 1 + answer.length).forEach(positions);
            length += answer.length;
        }
        int[] all = tokens.build().toArray();
        int[] before = positions.build().toArray();
        int[] targets = Arrays.stream(before).map(position -> all[position + 1]).toArray();
        return new TrainingBatch.Row(TokenSequence.of(all), before, targets);
    }

    private static int[] asked(Demonstration demonstration) {
        if (demonstration.input() instanceof Input.Tokens tokens && tokens.ids().length > 0) {
            return tokens.ids();
        }
        throw notOfTokens(demonstration.input());
    }

    private static int[] answer(Demonstration demonstration) {
        if (demonstration.answer() instanceof Answer.Tokens tokens) {
            return tokens.ids();
        }
        throw notOfTokens(demonstration.answer());
    }

    private static IllegalArgumentException notOfTokens(Object found) {
        return new IllegalArgumentException("Expected a task with tokens and answers to them, found " + found);
    }
}
