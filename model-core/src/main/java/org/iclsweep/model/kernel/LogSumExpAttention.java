package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;

/**
 * A softmax over some keys (arXiv:2205.14135, 3.1): the mean of values [B, H, t, d], and L = log Σ exp(s) [B, H, t, 1].
 */
public record LogSumExpAttention(NDArray mean, NDArray logSum) {
    /** The summand of masked scores; finite, so that no row is 0 / 0. */
    private static final double UNSEEN = -1e30;

    /**
     * The softmax of {@code scores} [B, H, t, n] over the values {@code v} [B, H, n, d] of the keys that {@code seen}
     * has 1 for. Where no key is seen, the mean is some number and the logarithm next to nothing.
     */
    public static LogSumExpAttention of(NDArray scores, NDArray v, NDArray seen) {
        NDArray masked = scores.mul(seen).add(seen.sub(1).mul(-UNSEEN));
        int[] keys = {3};
        NDArray largest = masked.max(keys, true);
        NDArray logSum = largest.sub(masked.logSoftmax(3).max(keys, true));
        return new LogSumExpAttention(masked.softmax(3).matMul(v), logSum);
    }

    /** The mean over the keys of both: o + σ(L_other − L) (o_other − o). */
    public NDArray meanWith(LogSumExpAttention other) {
        // Of the size of the rows alone: in float64, because the bits of a small array depend on a row's place in it.
        NDArray share = Activation.sigmoid(other.logSum().sub(logSum).toType(DataType.FLOAT64, false))
                .toType(mean.getDataType(), false);
        return mean.add(other.mean().sub(mean).mul(share));
    }

    /** The mean with one more key, of the score {@code sink} [B, H, t, 1] and the value 0: σ(L − s) o. */
    public NDArray meanBeside(NDArray sink) {
        NDArray share = Activation.sigmoid(logSum.sub(sink).toType(DataType.FLOAT64, false))
                .toType(mean.getDataType(), false);
        return mean.mul(share);
    }

    /** The softmax over the keys of both. */
    public LogSumExpAttention with(LogSumExpAttention other) {
        NDArray larger = logSum.maximum(other.logSum);
        NDArray smaller = logSum.minimum(other.logSum);
        return new LogSumExpAttention(
                meanWith(other), larger.add(smaller.sub(larger).exp().add(1).log()));
    }
}
