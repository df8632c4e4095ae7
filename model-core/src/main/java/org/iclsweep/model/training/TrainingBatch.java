package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.task.TaskBlock;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Sequences, and what is to be predicted where.
 *
 * @param rows the sequences
 * @param positions the positions of each row whose logits count [rows][n]
 * @param targets the token that is right there [rows][n]
 */
public record TrainingBatch(List<TokenSequence> rows, int[][] positions, int[][] targets) {
    public TrainingBatch {
        rows = List.copyOf(rows);
    }

    /** One row with its positions and targets. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Row(TokenSequence tokens, int[] positions, int[] targets) {}

    /** The batch of {@code count} rows. */
    static TrainingBatch of(int count, IntFunction<Row> row) {
        List<Row> rows = IntStream.range(0, count).mapToObj(row).toList();
        return new TrainingBatch(
                rows.stream().map(Row::tokens).toList(),
                rows.stream().map(Row::positions).toArray(int[][]::new),
                rows.stream().map(Row::targets).toArray(int[][]::new));
    }

    /** A row of a draw of a task; {@code key} is the seed of what else is random in it. */
    @FunctionalInterface
    interface DrawnRow {
        Row of(List<Demonstration> drawn, long key);
    }

    /** The batches of {@code count} rows each, every row made of {@code examples} of a draw of its own. */
    static EpisodeSource drawn(TaskBlock task, int examples, int count, long seed, DrawnRow row) {
        Task loaded = task.load();
        return step -> of(count, index -> {
            long key = RandomStream.seed(seed, step, index);
            return row.of(loaded.draw(key, examples, Sampling.UNIFORM, 0).demonstrations(), key);
        });
    }

    /** All targets, row by row. */
    long[] flatTargets() {
        return Arrays.stream(targets)
                .flatMapToInt(Arrays::stream)
                .asLongStream()
                .toArray();
    }

    /** Number of positions in all rows. */
    int tokens() {
        return rows.stream().mapToInt(TokenSequence::length).sum();
    }
}
