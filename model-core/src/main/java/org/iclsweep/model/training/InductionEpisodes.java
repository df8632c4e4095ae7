package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Rows of uniformly random tokens. Wherever a token has occurred exactly once before, and not directly before, its
 * successor there is to be predicted: every position is a query after a context of its own length.
 */
@Named("random-tokens")
public record InductionEpisodes(
        @Key(doc = "Number of random tokens.", from = 2, otherwise = "45")
        int vocabulary,

        @Key(doc = "Tokens of a row.", from = 3, otherwise = "64")
        int length,

        @Key(doc = "Rows of a step.", from = 1, otherwise = "8")
        int batch)
        implements Episodes, Episodes.Seeded {

    @Override
    public EpisodeSource source(long seed) {
        return step -> TrainingBatch.of(batch, row -> row(RandomStream.of(seed, step, row)));
    }

    private TrainingBatch.Row row(RandomStream random) {
        int[] tokens = new int[length];
        Arrays.setAll(tokens, i -> random.nextInt(vocabulary));
        int[] answers = answers(tokens);
        int[] positions =
                IntStream.range(0, length).filter(i -> answers[i] >= 0).toArray();
        return new TrainingBatch.Row(
                TokenSequence.of(tokens),
                positions,
                Arrays.stream(positions).map(i -> answers[i]).toArray());
    }

    /** The answer at each position, −1 where there is none or more than one. */
    private int[] answers(int[] tokens) {
        int[] count = new int[vocabulary];
        int[] last = new int[vocabulary];
        int[] answers = new int[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            int token = tokens[i];
            boolean asked = count[token] == 1 && last[token] < i - 1;
            answers[i] = asked ? tokens[last[token] + 1] : -1;
            count[token]++;
            last[token] = i;
        }
        return answers;
    }
}
