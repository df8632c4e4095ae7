package org.iclsweep.model.training;

import java.util.Arrays;

/** Token counts and document frequencies. */
public final class TokenStatistics {
    private final long[] occurrences;
    private final long[] texts;
    private final long total;

    private TokenStatistics(long[] occurrences, long[] texts, long total) {
        this.occurrences = occurrences;
        this.texts = texts;
        this.total = total;
    }

    /**
     * Counts.
     *
     * @param texts token ids below {@code vocabulary}, text by text
     */
    public static TokenStatistics of(Iterable<int[]> texts, int vocabulary) {
        long[] occurrences = new long[vocabulary];
        long[] textsWith = new long[vocabulary];
        long total = 0;
        for (int[] text : texts) {
            Arrays.stream(text).forEach(id -> occurrences[id]++);
            Arrays.stream(text).distinct().forEach(id -> textsWith[id]++);
            total++;
        }
        return new TokenStatistics(occurrences, textsWith, total);
    }

    /** Number of occurrences of a token in all texts together. */
    public long occurrences(int id) {
        return occurrences[id];
    }

    /** ln(N / (1 + n)), where n of N texts have the token. */
    public double inverseDocumentFrequency(int id) {
        return StrictMath.log((double) total / (1 + texts[id]));
    }
}
