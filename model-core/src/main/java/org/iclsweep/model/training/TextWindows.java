package org.iclsweep.model.training;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Windows of a running text, read as bytes, that begin anywhere. At every position the next token is to be predicted,
 * at the last the one after the window: plain language modelling.
 */
@Named("running-text")
public record TextWindows(
        @Key(doc = "Files of running text.", nonEmpty = true)
        List<TextSource.Unlabelled> sources,

        @Key(doc = "Tokens of a window.", from = 3, otherwise = "64")
        int length,

        @Key(doc = "Windows of a step.", from = 1, otherwise = "8")
        int batch)
        implements Episodes, Episodes.Seeded {
    public TextWindows {
        sources = List.copyOf(sources);
    }

    @Override
    public EpisodeSource source(long seed) {
        return of(RunningText.read(sources), length, batch, seed);
    }

    static EpisodeSource of(RunningText text, int length, int batch, long seed) {
        text.requireLength(length + 1);
        int[] positions = IntStream.range(0, length).toArray();
        return step -> TrainingBatch.of(batch, row -> {
            int start = RandomStream.of(seed, step, row).nextInt(text.length() - length);
            return new TrainingBatch.Row(text.row(start, length), positions, text.tokens(start + 1, length));
        });
    }
}
