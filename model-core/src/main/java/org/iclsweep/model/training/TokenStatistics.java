package org.iclsweep.model.training;

import java.util.Arrays;

/**
 * Token counts and document frequencies.
 *
 * @param occurrences of each token in all texts together
 * @param texts number of texts that have each token
 * @param total number of texts N
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TokenStatistics(long[] occurrences, long[] texts, long total) {

    /**
     * Counts.
     *
     * @param texts token ids below {@code vocabulary}, text by text
     */
    static TokenStatistics of(Iterable<int[]> texts, int vocabulary) {
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

    /** ln(N / (1 + n)), where n of N texts have the token. */
    double inverseDocumentFrequency(int id) {
        return StrictMath.log((double) total / (1 + texts[id]));
    }
}
