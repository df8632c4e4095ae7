package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.List;
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
