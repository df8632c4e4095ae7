package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.PositionScores.Request;
import org.iclsweep.model.tensor.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * The scores of one run's positions, taken from its logits block by block of the vocabulary: for every position the
 * largest logit m so far and Σ exp(l − m), which are rescaled where a later block has a larger one (arXiv:1805.02867);
 * in float64 between blocks.
 */
final class RunningScores {
    private static final int[] TOKENS = {1};

    private final List<Request> requests;
    private final double[] requested;
    private final int[] top;
    private final double[] most;
    private final double[] sum;
    private final double[] weighted;
    private final double[] squares;
    private final double @Nullable [][] outputs;

    RunningScores(LanguageModel model, int positions, List<Request> requests) {
        this.requests = requests;
        this.requested = new double[requests.size()];
        this.top = new int[positions];
        this.most = new double[positions];
        this.sum = new double[positions];
        this.weighted = new double[positions];
        this.squares = new double[positions];
        boolean regression = model.layout().dimensions().outputSize() > 0;
        this.outputs = regression ? new double[positions][model.outputs()] : null;
        Arrays.fill(most, Double.NEGATIVE_INFINITY);
    }

    /**
     * Reads the logits [t, w] of the positions from {@code position} and the tokens from {@code token} on.
     *
     * @param values [t, w], whose mean under the softmax is wanted; null for none
     */
    void read(NDArray logits, @Nullable NDArray values, int position, int token) {
        add(logits.mul(logits).sum(TOKENS), squares, position);
        if (outputs != null) {
            double[][] rows = Doubles.rows(logits);
            for (int row = 0; row < rows.length; row++) {
                System.arraycopy(rows[row], 0, outputs[position + row], token, rows[row].length);
            }
            return;
        }
        long[] best = logits.argMax(1).toLongArray();
        NDArray ofBest = logits.max(TOKENS, true);
        double[] largest = Doubles.of(ofBest);
        NDArray powers = logits.sub(ofBest).exp();
        double[] sums = Doubles.of(powers.sum(TOKENS));
        double[] means = values == null
                ? new double[sums.length]
                : Doubles.of(powers.mul(values).sum(TOKENS));
        for (int row = 0; row < sums.length; row++) {
            int at = position + row;
            double before = most[at];
            // Not a number stays: no comparison with it is true.
            double now = largest[row] <= before ? before : largest[row];
            top[at] = largest[row] <= before ? top[at] : token + (int) best[row];
            double old = before == now ? 1 : Math.exp(before - now);
            double added = largest[row] == now ? 1 : Math.exp(largest[row] - now);
            sum[at] = sum[at] * old + sums[row] * added;
            weighted[at] = weighted[at] * old + means[row] * added;
            most[at] = now;
        }
        readRequested(logits, position, token);
    }

    private void readRequested(NDArray logits, int position, int token) {
        long height = logits.getShape().get(0);
        long width = logits.getShape().get(1);
        int[] asked = new int[requests.size()];
        long[] places = new long[requests.size()];
        int count = 0;
        for (int i = 0; i < asked.length; i++) {
            long row = requests.get(i).position() - (long) position;
            long column = requests.get(i).token() - (long) token;
            if (row >= 0 && row < height && column >= 0 && column < width) {
                asked[count] = i;
                places[count++] = row * width + column;
            }
        }
        if (count > 0) {
            NDArray index = logits.getManager().create(Arrays.copyOf(places, count));
            double[] values = Doubles.of(logits.flatten().gather(index, 0));
            for (int i = 0; i < count; i++) {
                requested[asked[i]] = values[i];
            }
        }
    }

    private static void add(NDArray values, double[] target, int from) {
        double[] block = Doubles.of(values);
        for (int i = 0; i < block.length; i++) {
            target[from + i] += block[i];
        }
    }

    /** log Σ exp of the logits of a position. */
    double logSumExp(int position) {
        return most[position] + Math.log(sum[position]);
    }

    /** The mean under the softmax of a position's {@code values}. */
    double mean(int position) {
        return weighted[position] / sum[position];
    }

    /** The scores, when every block has been read. */
    PositionScores scores() {
        double[] likelihoods = new double[requested.length];
        for (int i = 0; i < likelihoods.length; i++) {
            likelihoods[i] =
                    outputs == null ? requested[i] - logSumExp(requests.get(i).position()) : Double.NaN;
        }
        return new PositionScores(likelihoods, top, squares, outputs);
    }
}
