package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;

/**
 * Rotary positions (arXiv:2104.09864) as a table: position p turns pair i of a head's features, (x_i, x_{i+h}), by the
 * angle p ω_i. Features beyond the first 2 h stay.
 *
 * @param frequencies ω [h], in radians a position
 * @param attentionFactor f, by which a scaling of positions stretches the turned features of queries and of keys
 */
public record Rotary(List<Double> frequencies, double attentionFactor) {
    public Rotary {
        frequencies = List.copyOf(frequencies);
    }

    /** ω_i = θ^(−i/h) with h = ⌊{@code features} / 2⌋, nothing stretched. */
    public static Rotary of(int features, double theta) {
        int h = features / 2;
        return new Rotary(
                IntStream.range(0, h)
                        .mapToObj(i -> Math.pow(theta, -(double) i / h))
                        .toList(),
                1);
    }

    /** The table where {@code turned} features turn, one more where their number is odd: ω_i = θ^(−2i/turned). */
    public static Rotary ofPart(int turned, double theta) {
        return new Rotary(
                IntStream.range(0, (turned + 1) / 2)
                        .mapToObj(i -> Math.pow(theta, -2.0 * i / turned))
                        .toList(),
                1);
    }

    /**
     * The queries {@code q} [..., d] with f² on their turned features: the scores of stretched queries and keys, while
     * keys keep their length, so that a turn of theirs is orthogonal.
     */
    public NDArray stretched(NDArray q) {
        if (attentionFactor == 1) {
            return q;
        }
        int last = q.getShape().dimension() - 1;
        long turned = 2L * frequencies.size();
        long all = q.getShape().get(last);
        NDArray part = Activations.scaled(Heads.part(q, last, 0, turned), attentionFactor * attentionFactor);
        return turned == all ? part : NDArrays.concat(new NDList(part, Heads.part(q, last, turned, all)), last);
    }
}
