package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Rows of uniformly random tokens. Wherever a token has stood exactly once before, and not directly before, what
 * followed it then is to be predicted: every position is a query after a context of its own length.
 *
 * @param vocabulary number of different tokens
 * @param length of a row
 */
public record InductionEpisodes(int vocabulary, int length, int batch, long seed) implements EpisodeSource {

    @Override
    public TrainingBatch batch(long step) {
        List<TokenSequence> rows = new ArrayList<>();
        int[][] positions = new int[batch][];
        int[][] targets = new int[batch][];
        for (int row = 0; row < batch; row++) {
            RandomStream random = RandomStream.of(seed, step, row);
            int[] tokens = new int[length];
            Arrays.setAll(tokens, i -> random.nextInt(vocabulary));
            int[] answers = answers(tokens);
            positions[row] =
                    IntStream.range(0, length).filter(i -> answers[i] >= 0).toArray();
            targets[row] = Arrays.stream(positions[row]).map(i -> answers[i]).toArray();
            rows.add(TokenSequence.of(tokens));
        }
        return new TrainingBatch(rows, positions, targets);
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
