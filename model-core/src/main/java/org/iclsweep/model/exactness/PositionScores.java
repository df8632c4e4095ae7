package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.tensor.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * The scores of N positions, read off their logits as primitives. The logits are computed a few rows at a time and not
 * kept.
 *
 * @param logLikelihoods of the requested tokens, in the order of the requests
 * @param top the most likely token of every position [N]
 * @param squares ‖logits‖₂² of every position [N]; finite where all of its logits are
 * @param outputs the read-out of a regression model [N][outputs], else null
 */
public record PositionScores(double[] logLikelihoods, int[] top, double[] squares, double @Nullable [][] outputs) {

    /** A token whose log-likelihood is wanted at a position. */
    public record Request(int position, int token) {}

    /** Bytes of one block of logits. */
    private static final long BYTES = 32L << 20;

    /**
     * The errors of every position, beside the scores of both runs.
     *
     * @param maxAbsolute the largest |Δ| of each position [N]
     * @param squaredDifference ‖Δ‖₂² [N]
     * @param kl KL(prompted ‖ converted) [N]
     */
    public record Compared(
            PositionScores prompted,
            PositionScores converted,
            double[] maxAbsolute,
            double[] squaredDifference,
            double[] kl) {}

    /** The scores of last hidden states [N, D]. */
    public static PositionScores of(LanguageModel model, NDArray hidden, List<Request> requests) {
        return of(model, hidden, requests, height(model, hidden));
    }

    /** The same, where logits are computed {@code height} rows at a time. */
    static PositionScores of(LanguageModel model, NDArray hidden, List<Request> requests, int height) {
        PositionScores scores = empty(model, hidden, requests);
        forEachBlock(hidden, height, (scope, from, to) -> {
            NDArray logits = model.logits(inScope(hidden.get(from + ":" + to), scope));
            scores.read(logits, from, requests);
        });
        return scores;
    }

    /** The scores of both runs' last hidden states [N, D], and their errors. */
    public static Compared compare(LanguageModel model, NDArray prompted, NDArray converted, List<Request> requests) {
        int positions = (int) prompted.getShape().get(0);
        Compared compared = new Compared(
                empty(model, prompted, requests),
                empty(model, converted, requests),
                new double[positions],
                new double[positions],
                new double[positions]);
        forEachBlock(prompted, height(model, prompted), (scope, from, to) -> {
            NDArray ofPrompted = model.logits(inScope(prompted.get(from + ":" + to), scope));
            NDArray ofConverted = model.logits(inScope(converted.get(from + ":" + to), scope));
            NDArray p = compared.prompted().read(ofPrompted, from, requests);
            NDArray c = compared.converted().read(ofConverted, from, requests);
            NDArray difference = ofConverted.sub(ofPrompted);
            int[] outputs = {1};
            copy(difference.abs().max(outputs), compared.maxAbsolute(), from);
            copy(difference.mul(difference).sum(outputs), compared.squaredDifference(), from);
            if (compared.prompted().outputs() == null) {
                copy(p.exp().mul(p.sub(c)).sum(outputs), compared.kl(), from);
            }
        });
        return compared;
    }

    private interface Block {
        void read(NDManager scope, int from, int to);
    }

    /** The number of rows whose logits are there at once. */
    private static int height(LanguageModel model, NDArray hidden) {
        long row = (long) model.outputs() * hidden.getDataType().getNumOfBytes();
        return (int) Math.max(1, BYTES / row);
    }

    private static void forEachBlock(NDArray hidden, int height, Block block) {
        int positions = (int) hidden.getShape().get(0);
        for (int from = 0; from < positions; from += height) {
            try (NDManager scope = hidden.getManager().newSubManager()) {
                block.read(scope, from, Math.min(positions, from + height));
            }
        }
    }

    private static NDArray inScope(NDArray block, NDManager scope) {
        block.attach(scope);
        return block;
    }

    private static PositionScores empty(LanguageModel model, NDArray hidden, List<Request> requests) {
        int positions = (int) hidden.getShape().get(0);
        boolean regression = model.layout().dimensions().outputSize() > 0;
        double[] likelihoods = new double[requests.size()];
        Arrays.fill(likelihoods, Double.NaN);
        return new PositionScores(
                likelihoods,
                new int[positions],
                new double[positions],
                regression ? new double[positions][model.outputs()] : null);
    }

    /** Reads a block of {@code logits} [t, V] that starts at {@code from}; returns their log-softmax. */
    private NDArray read(NDArray logits, int from, List<Request> requests) {
        int height = (int) logits.getShape().get(0);
        copy(logits.mul(logits).sum(new int[] {1}), squares, from);
        if (outputs != null) {
            System.arraycopy(Doubles.rows(logits), 0, outputs, from, height);
            return logits;
        }
        long[] most = logits.argMax(1).toLongArray();
        for (int row = 0; row < height; row++) {
            top[from + row] = (int) most[row];
        }
        NDArray log = logits.logSoftmax(1);
        int[] asked = IntStream.range(0, requests.size())
                .filter(i ->
                        requests.get(i).position() >= from && requests.get(i).position() < from + height)
                .toArray();
        if (asked.length > 0) {
            long vocabulary = logits.getShape().get(1);
            long[] flat = Arrays.stream(asked)
                    .mapToLong(i -> (requests.get(i).position() - from) * vocabulary
                            + requests.get(i).token())
                    .toArray();
            NDArray taken = log.flatten().gather(logits.getManager().create(flat), 0);
            double[] values = Doubles.of(taken);
            for (int i = 0; i < asked.length; i++) {
                logLikelihoods[asked[i]] = values[i];
            }
        }
        return log;
    }

    /** The positions [from, to) and the requests [first, last), which are asked of them. */
    PositionScores part(int from, int to, int first, int last) {
        return new PositionScores(
                Arrays.copyOfRange(logLikelihoods, first, last),
                Arrays.copyOfRange(top, from, to),
                Arrays.copyOfRange(squares, from, to),
                outputs == null ? null : Arrays.copyOfRange(outputs, from, to));
    }

    /** Copies what is known of each position to the positions of {@code other} from {@code from} on. */
    void copyTo(PositionScores other, int from) {
        System.arraycopy(top, 0, other.top, from, top.length);
        System.arraycopy(squares, 0, other.squares, from, squares.length);
        if (outputs != null && other.outputs != null) {
            System.arraycopy(outputs, 0, other.outputs, from, outputs.length);
        }
    }

    private static void copy(NDArray values, double[] target, int from) {
        double[] block = Doubles.of(values);
        System.arraycopy(block, 0, target, from, block.length);
    }
}
