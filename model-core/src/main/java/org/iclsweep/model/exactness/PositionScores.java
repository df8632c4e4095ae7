package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.tensor.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * The scores of N positions, read off their logits as primitives. The logits are computed in blocks and not kept
 * ({@link HeadBlocks}).
 *
 * @param logLikelihoods of the requested tokens, in the order of the requests
 * @param top the most likely token of every position [N]
 * @param squares ‖logits‖₂² of every position [N]; finite where all of its logits are
 * @param outputs the read-out of a regression model [N][outputs], else null
 */
public record PositionScores(double[] logLikelihoods, int[] top, double[] squares, double @Nullable [][] outputs) {

    private static final int[] TOKENS = {1};

    /** A token whose log-likelihood is wanted at a position. */
    public record Request(int position, int token) {}

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
        return of(HeadBlocks.of(model, hidden), hidden, requests);
    }

    /** The same in the blocks of {@code head}. */
    static PositionScores of(HeadBlocks head, NDArray hidden, List<Request> requests) {
        RunningScores scores =
                new RunningScores(head.model(), (int) hidden.getShape().get(0), requests);
        head.forEach(List.of(hidden), (logits, position, token) -> scores.read(logits.get(0), null, position, token));
        return scores.scores();
    }

    /** The scores of both runs' last hidden states [N, D], and their errors. */
    public static Compared compare(LanguageModel model, NDArray prompted, NDArray converted, List<Request> requests) {
        return compare(HeadBlocks.of(model, prompted), prompted, converted, requests);
    }

    /** The same in the blocks of {@code head}. */
    static Compared compare(HeadBlocks head, NDArray prompted, NDArray converted, List<Request> requests) {
        int positions = (int) prompted.getShape().get(0);
        RunningScores ofPrompted = new RunningScores(head.model(), positions, requests);
        RunningScores ofConverted = new RunningScores(head.model(), positions, requests);
        double[] maxAbsolute = new double[positions];
        double[] squaredDifference = new double[positions];
        head.forEach(List.of(prompted, converted), (logits, position, token) -> {
            NDArray difference = logits.get(0).sub(logits.get(1));
            ofPrompted.read(logits.get(0), difference, position, token);
            ofConverted.read(logits.get(1), null, position, token);
            merge(difference.abs().max(TOKENS), maxAbsolute, position, Math::max);
            merge(difference.mul(difference).sum(TOKENS), squaredDifference, position, Double::sum);
        });
        PositionScores scores = ofPrompted.scores();
        // KL(p ‖ c) = Σ p (l_p − l_c) − (log Σ exp l_p − log Σ exp l_c); there is none of a regression.
        double[] kl = IntStream.range(0, scores.outputs() == null ? positions : 0)
                .mapToDouble(i -> ofPrompted.mean(i) - (ofPrompted.logSumExp(i) - ofConverted.logSumExp(i)))
                .toArray();
        return new Compared(scores, ofConverted.scores(), maxAbsolute, squaredDifference, Arrays.copyOf(kl, positions));
    }

    private static void merge(NDArray values, double[] target, int from, DoubleBinaryOperator merged) {
        double[] block = Doubles.of(values);
        for (int i = 0; i < block.length; i++) {
            target[from + i] = merged.applyAsDouble(target[from + i], block[i]);
        }
    }

    /** The positions [from, to), without log-likelihoods. */
    PositionScores part(int from, int to) {
        return new PositionScores(
                new double[0],
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
}
