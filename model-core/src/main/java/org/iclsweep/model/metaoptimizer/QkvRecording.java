package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.tensor.Doubles;

/**
 * Queries, keys and values of a mixer at every slot of one row, head by head. The scores are s_ij = q_i · k_j, before
 * softmax and mask.
 *
 * @param queries q [H][T][P]
 * @param keys k [H][T][P]
 * @param values v [H][T][d]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record QkvRecording(double[][][] queries, double[][][] keys, double[][][] values) {

    /** Of every row of arrays [B, H, T, ...]. */
    static List<QkvRecording> of(NDArray q, NDArray k, NDArray v) {
        List<double[][][]> queries = rows(q);
        List<double[][][]> keys = rows(k);
        List<double[][][]> values = rows(v);
        return IntStream.range(0, queries.size())
                .mapToObj(row -> new QkvRecording(queries.get(row), keys.get(row), values.get(row)))
                .toList();
    }

    int heads() {
        return queries.length;
    }

    int slots() {
        return queries[0].length;
    }

    /** The queries of all heads at {@code slot}, one after another [H P]. */
    double[] query(int slot) {
        return Arrays.stream(queries)
                .flatMapToDouble(head -> Arrays.stream(head[slot]))
                .toArray();
    }

    /** The scores of {@code slot} for the slots [from, to), head by head [H][to − from]. */
    double[][] scores(int slot, int from, int to) {
        double[][] scores = new double[heads()][to - from];
        for (int head = 0; head < heads(); head++) {
            for (int other = from; other < to; other++) {
                scores[head][other - from] = Vectors.dot(queries[head][slot], keys[head][other]);
            }
        }
        return scores;
    }

    /** [B, H, T, n] as numbers, row by row. */
    static List<double[][][]> rows(NDArray x) {
        int heads = (int) x.getShape().get(1);
        int slots = (int) x.getShape().get(2);
        double[][] numbersOfSlots = Doubles.rows(x);
        List<double[][][]> rows = new ArrayList<>();
        int next = 0;
        for (int row = 0; row < x.getShape().get(0); row++) {
            double[][][] numbers = new double[heads][slots][];
            for (int head = 0; head < heads; head++) {
                for (int slot = 0; slot < slots; slot++) {
                    numbers[head][slot] = numbersOfSlots[next++];
                }
            }
            rows.add(numbers);
        }
        return rows;
    }
}
