package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.layout.Padding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QueryBlocksTest {
    private static final int[] LENGTHS = new Random(1).ints(500, 1, 120).toArray();

    @ParameterizedTest
    @EnumSource(Padding.class)
    void everyQueryIsInOneBlockOfAtMostSoMany(Padding padding) {
        List<int[]> blocks = QueryBlocks.of(LENGTHS, 40, padding);
        assertThat(blocks).allSatisfy(block -> assertThat(block.length).isBetween(1, 40));
        assertThat(blocks.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                .isEqualTo(IntStream.range(0, LENGTHS.length).toArray());
    }

    @Test
    void fewSlotsOfABlockAreEmpty() {
        List<int[]> blocks = QueryBlocks.of(LENGTHS, Integer.MAX_VALUE, Padding.LONGEST);
        long slots = blocks.stream()
                .mapToLong(block -> (long) block.length * longest(block))
                .sum();
        assertThat(slots).isLessThan((long) (1.1 * Arrays.stream(LENGTHS).sum()));
        assertThat(blocks).hasSizeLessThan(60);
    }

    @Test
    void onALadderTheOrderIsThatOfTheQueries() {
        List<int[]> blocks = QueryBlocks.of(LENGTHS, 200, Padding.LADDER);
        assertThat(blocks.stream().map(block -> block.length)).containsExactly(200, 200, 100);
        assertThat(blocks.stream().flatMapToInt(Arrays::stream).toArray())
                .isEqualTo(IntStream.range(0, LENGTHS.length).toArray());
    }

    private static int longest(int[] block) {
        return Arrays.stream(block).map(query -> LENGTHS[query]).max().orElseThrow();
    }
}
