package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.model.kernel.PairScores.Source;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.Generations;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Siblings;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Momentum attention (arXiv:2212.10559, eq. 15): beside what attention reads, a token gets the exponential moving
 * average of the values before it, key head by key head, not normalised and without its own value:
 *
 * <pre>
 *   MoAttn(V, K, q_t) = Attn(V, K, q_t) + s_t,   s_t = Σ_{i&lt;t} η^{t−i} v_i = η (s_{t−1} + v_{t−1})
 *   b'_S = η^M b_S + Σ_{j≤M} η^{M+1−j} v_j
 * </pre>
 *
 * <p>The average reads neither queries nor positions, so what it keeps of a context is one row for each key head,
 * {@code b_s} [Hk, d], whatever the attention keeps: s of the token that follows. Powers of η are taken of whole
 * numbers of tokens, in float64. A window of the attention does not bound the average.
 *
 * @param factor η, between 0 and 1
 */
public record ValueMomentum(double factor) {
    /** The average that a context leaves to the next token. */
    public static final String STATE = "b_s";

    public ValueMomentum {
        if (!(factor > 0 && factor < 1)) {
            throw new IllegalArgumentException(
                    "The factor of momentum is " + factor + ", which is not between 0 and 1");
        }
    }

    /** The average with factor η, none where it is absent. */
    public static Optional<ValueMomentum> of(OptionalDouble factor) {
        return factor.isPresent() ? Optional.of(new ValueMomentum(factor.getAsDouble())) : Optional.empty();
    }

    /** The declaration of {@code b_s}. */
    public static StateTensor stateTensor(int keyValueHeads, int headDimension) {
        return StateTensor.of(STATE, StateTensor.Role.VALUE_AVERAGE, keyValueHeads, headDimension);
    }

    /**
     * The output of attention {@code read} [1, H, T, d] plus s, from the weights of all pairs.
     *
     * @param v values [B, Hk, T, d]
     * @param parameters of the mixer, perhaps with {@code b_s} [Hk, d]
     */
    public NDArray addedTo(NDArray read, NDArray v, Parameters parameters, PackedLayout layout) {
        NDArray bias = parameters.find(STATE);
        NDArray initial = bias == null ? null : Heads.owned(bias, v, 1).expandDims(1);
        Source values = Source.of(v, 1);
        Generations generations =
                layout.generations(v.getShape().get(1), 2 * v.getShape().get(3));
        return added(read, generations.each(v.getManager(), (group, scope) -> {
            NDArray own = values.own(group, scope);
            NDArray average = average(own, values.path(group, scope), group, scope);
            DataType type = v.getDataType();
            return initial == null
                    ? average
                    : average.add(power(group.positions(scope), type).mul(initial));
        }));
    }

    /** s of a group's tokens [p, Hk, n L, d], of their values and those of their paths. */
    private NDArray average(NDArray own, @Nullable NDArray path, Siblings group, NDManager scope) {
        DataType type = own.getDataType();
        NDArray distances = group.distancesWithin(scope);
        NDArray past = distances.gt(0).toType(type, false);
        NDArray sum = group.together(weights(distances, past).matMul(group.apart(own)));
        return path == null
                ? sum
                : sum.add(power(group.distancesToPath(scope), type).matMul(group.masked(path)));
    }

    /**
     * The output of attention {@code read} [B, H, T, d] plus s; {@code states} get the average at each segment's end.
     *
     * @param v values [B, Hk, T, d], 0 in empty slots
     * @param initial with {@code b_s} [1 or B, Hk, d]
     */
    public NDArray addedTo(
            NDArray read, NDArray v, Parameters initial, ChunkedLayout layout, List<Map<String, NDArray>> states) {
        NDArray before = Heads.owned(initial.get(STATE), v, layout.rows()).expandDims(2);
        NDArray present = Heads.owned(layout.occupied(), v, 1).swapAxes(1, 2);
        Recurrence.Scanned scanned = ChunkScan.over(layout, before, run -> within(run.part(v), run.part(present)));
        for (int segment = 0; segment < states.size(); segment++) {
            states.get(segment).put(STATE, scanned.states().get(segment).squeeze(2));
        }
        return added(read, scanned.outputs());
    }

    /** The recurrence in n chunks of t slots, of v [B, Hk, n, t, d]; {@code present} [B, 1, n, t] is 1 for tokens. */
    private ChunkScan.Within within(NDArray v, NDArray present) {
        DataType type = v.getDataType();
        NDArray upTo = present.toType(DataType.FLOAT64, false).cumSum(3);
        NDArray before = upTo.sub(present.toType(DataType.FLOAT64, false));
        NDArray all = Heads.last(upTo, 3);
        NDArray distances = before.expandDims(4).sub(before.expandDims(3));
        NDArray written = present.expandDims(3);
        return new ChunkScan.ScalarChunks(
                v,
                null,
                weights(distances, written.mul(Heads.causal(distances.toType(type, false), true))),
                power(before, type).expandDims(4),
                power(all.sub(before), type).expandDims(3).mul(written),
                power(all, type).expandDims(4));
    }

    /** η^distance where {@code past} is 1, else 0; what is ahead is masked before its power, too, which overflows. */
    private NDArray weights(NDArray distances, NDArray past) {
        return power(distances.mul(past), past.getDataType()).mul(past);
    }

    /** η^n. */
    private NDArray power(NDArray n, DataType type) {
        return Activations.scaled(n.toType(DataType.FLOAT64, false), Math.log(factor))
                .exp()
                .toType(type, false);
    }

    private static NDArray added(NDArray read, NDArray average) {
        int group = (int) (read.getShape().get(1) / average.getShape().get(1));
        return read.add(Heads.repeat(average, group));
    }

    /** η^M b_S [R, Hk, d] for M further tokens of each row. */
    public NDArray advance(NDArray state, int[] tokens) {
        double[] powers = Arrays.stream(tokens)
                .mapToDouble(m -> Math.exp(m * Math.log(factor)))
                .toArray();
        NDArray decays = state.getManager()
                .create(powers, new Shape(tokens.length, 1, 1))
                .toType(state.getDataType(), false);
        return state.mul(decays);
    }
}
