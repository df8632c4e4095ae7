package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Windows of a running text that begin anywhere. At every position the next token is to be predicted: plain language
 * modelling.
 *
 * @param length tokens that are read in a window; the last target is the token after them
 * @param batch windows of a step
 */
record TextWindows(RunningText text, int length, int batch, long seed) implements EpisodeSource {
    TextWindows {
        text.requireLength(length + 1);
    }

    @Override
    public TrainingBatch batch(long step) {
        List<TokenSequence> rows = new ArrayList<>();
        int[][] positions = new int[batch][];
        int[][] targets = new int[batch][];
        for (int row = 0; row < batch; row++) {
            int start = RandomStream.of(seed, step, row).nextInt(text.length() - length);
            rows.add(text.row(start, length));
            positions[row] = IntStream.range(0, length).toArray();
            targets[row] = text.tokens(start + 1, length);
        }
        return new TrainingBatch(rows, positions, targets);
    }
}
