package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Softmax attention (arXiv:1706.03762, eq. 1) with rotary positions, over all earlier tokens or over the last W:
 *
 * <pre>
 *   o_i = Σ_j p_ij v_j,   p_ij = exp(s_ij) / Σ_l exp(s_il),   s_ij = c (R_i q_i)ᵀ R_j k_j,   i − W &lt; j ≤ i
 *   b'_K = [R_{−M} b_K; R_{j−M} k_j],   b'_V = [b_V; v_j]   for the last min(M, W − 1) tokens before the query
 * </pre>
 *
 * The similarity exp(q·k) is no finite sum of products φ(q)ᵀφ(k) (arXiv:2406.02847, definition 3.2), so nothing smaller
 * than the keys and values themselves holds a context exactly. With a window their number is bounded, and a context of
 * any length leaves a finite state; without one it grows with the context. Positions count from 0, so the last token of
 * a context stands at −1.
 *
 * <p>In the form with a state, the softmax over what was converted before and that over the sequence itself are
 * computed apart, and weighed by their sums: with L = log Σ_j exp(s_j) of each, o = o_own + σ(L_before − L_own)
 * (o_before − o_own) (arXiv:2205.14135, section 3.1).
 *
 * @param hiddenSize D
 * @param heads query heads H
 * @param keyValueHeads Hk, each of which serves H / Hk query heads
 * @param headDimension d
 * @param ropeTheta base of the rotary angles, empty for no positions
 * @param window W, the token itself included; empty for all earlier tokens
 * @param scale c
 * @param projections how a checkpoint writes q, k, v and the way back
 * @param headNorm ε of the norms on q and k, head by head; empty for none
 */
public record SoftmaxAttention(
        int hiddenSize,
        int heads,
        int keyValueHeads,
        int headDimension,
        OptionalDouble ropeTheta,
        OptionalInt window,
        double scale,
        Projections projections,
        OptionalDouble headNorm)
        implements TokenMixer {

    /** How a checkpoint writes the projections. */
    public enum Projections {
        /** {@code q_proj}, {@code k_proj}, {@code v_proj}, {@code o_proj}, W [out, in]; biases may be there. */
        SEPARATE,
        /** The same; q, k and v must have biases. */
        BIASED,
        /** {@code c_attn} (q | k | v) and {@code c_proj}, W [in, out] with biases, as GPT-2 has them. */
        FUSED
    }

    /** What is added to the score of a key that is not seen; finite, so that no row is 0 / 0. */
    private static final double UNSEEN = -1e30;

    @Override
    public Map<String, Shape> parameterShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        long query = (long) heads * headDimension;
        long key = (long) keyValueHeads * headDimension;
        if (projections == Projections.FUSED) {
            shapes.put("c_attn.weight", new Shape(hiddenSize, query + 2 * key));
            shapes.put("c_attn.bias", new Shape(query + 2 * key));
            shapes.put("c_proj.weight", new Shape(query, hiddenSize));
            shapes.put("c_proj.bias", new Shape(hiddenSize));
        } else {
            for (String side : new String[] {"q", "k", "v"}) {
                long size = side.equals("q") ? query : key;
                shapes.put(side + "_proj.weight", new Shape(size, hiddenSize));
                if (projections == Projections.BIASED) {
                    shapes.put(side + "_proj.bias", new Shape(size));
                }
            }
            shapes.put("o_proj.weight", new Shape(hiddenSize, query));
        }
        if (headNorm.isPresent()) {
            shapes.put("q_norm.weight", new Shape(headDimension));
            shapes.put("k_norm.weight", new Shape(headDimension));
        }
        return shapes;
    }

    @Override
    public Map<String, Shape> stateShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("b_k", new Shape(keyValueHeads, -1, headDimension));
        shapes.put("b_v", new Shape(keyValueHeads, -1, headDimension));
        return shapes;
    }

    @Override
    public Optional<Assumption.Broken> broken() {
        return window.isPresent()
                ? Optional.empty()
                : Optional.of(new Assumption.Broken(
                        Assumption.SEPARABLE_NORMALISER,
                        "softmax attention over the whole context keeps every key and value: exp(q·k) is no finite sum"
                                + " of products φ(q)ᵀφ(k), and its state grows with the context",
                        "the method full-cache, which keeps them all and is exact"));
    }

    /** The most tokens that a state can hold. */
    private int mostKept() {
        return window.isPresent() ? window.getAsInt() - 1 : Integer.MAX_VALUE;
    }

    /** q [B, H, T, d], scaled; k, v [B, Hk, T, d]; q and k turned by their positions, k and v zero in empty slots. */
    private record Projected(NDArray q, NDArray k, NDArray v) {}

    private Projected projected(NDArray x, Parameters parameters, SlotLayout layout, @Nullable Rotation rotation) {
        NDList sides = sides(x, parameters);
        NDArray q = Heads.split(sides.get(0), headDimension);
        NDArray k = Heads.split(sides.get(1), headDimension);
        NDArray v = Heads.split(sides.get(2), headDimension);
        if (headNorm.isPresent()) {
            q = Norms.rms(q, parameters.get("q_norm.weight"), headNorm.getAsDouble());
            k = Norms.rms(k, parameters.get("k_norm.weight"), headNorm.getAsDouble());
        }
        if (rotation != null) {
            q = rotation.rotate(q);
            k = rotation.rotate(k);
        }
        return new Projected(
                Activations.scaled(q, scale), Heads.onlyOccupied(k, layout), Heads.onlyOccupied(v, layout));
    }

    private NDList sides(NDArray x, Parameters parameters) {
        if (projections == Projections.FUSED) {
            return parameters.conv1d("c_attn", x).split(3, 2);
        }
        return new NDList(
                parameters.linear("q_proj", x), parameters.linear("k_proj", x), parameters.linear("v_proj", x));
    }

    private NDArray projectedOut(NDArray perHead, Parameters parameters, SlotLayout layout) {
        NDArray rows = Heads.join(Heads.onlyOccupied(perHead, layout));
        return projections == Projections.FUSED ? parameters.conv1d("c_proj", rows) : parameters.linear("o_proj", rows);
    }

    // ---- the form without a state

    @Override
    public NDArray uninterrupted(NDArray x, Parameters parameters, PackedLayout layout, LayerProbe probe) {
        Rotation rotation = ropeTheta.isPresent() ? layout.rotation(headDimension, ropeTheta.getAsDouble()) : null;
        Projected p = projected(x, parameters, layout, rotation);
        int group = heads / keyValueHeads;
        NDArray k = Heads.repeat(p.k(), group);
        NDArray v = Heads.repeat(p.v(), group);
        NDArray bK = perQueryHead(parameters.find("b_k"), x);
        NDArray bV = perQueryHead(parameters.find("b_v"), x);
        NDList blocks = new NDList();
        for (RowBlock rows : RowBlock.of(layout, heads, x.getDataType())) {
            try (NDManager scope = x.getManager().newSubManager()) {
                NDArray queries = rows.of(p.q(), scope);
                NDArray weights = weights(rows, queries, rows.upTo(k, scope), bK, layout, scope);
                int before = bK == null ? 0 : (int) bK.getShape().get(2);
                NDArray output = weights.get("..., " + before + ":").matMul(rows.upTo(v, scope));
                if (bV != null) {
                    output = output.add(weights.get("..., 0:" + before).matMul(bV));
                }
                output.attach(x.getManager());
                blocks.add(output);
            }
        }
        return projectedOut(Heads.joined(blocks, 2), parameters, layout);
    }

    /** p of a block of rows, over the converted tokens and then over the slots [B, H, t, n + to]. */
    private NDArray weights(
            RowBlock rows, NDArray queries, NDArray keys, @Nullable NDArray bK, PackedLayout layout, NDManager scope) {
        NDArray seen = layout.ancestors(rows, scope);
        NDArray scores = queries.matMul(keys.swapAxes(2, 3));
        if (window.isPresent()) {
            seen = seen.mul(layout.recent(rows, window.getAsInt(), scope));
        }
        // log 1 = 0 and log 0 = −∞. Rows that see nothing are empty slots.
        scores = scores.add(seen.log());
        if (bK != null) {
            NDArray before = queries.matMul(bK.swapAxes(2, 3));
            if (window.isPresent()) {
                int count = (int) bK.getShape().get(2);
                before = before.add(layout.recentBefore(rows, count, window.getAsInt(), scope)
                        .log());
            }
            scores = before.concat(scores, 3);
        }
        return scores.softmax(3);
    }

    /** The converted keys or values of one context [Hk, n, d] as [1, H, n, d], owned by the manager of {@code x}. */
    private @Nullable NDArray perQueryHead(@Nullable NDArray bias, NDArray x) {
        if (bias == null || bias.size() == 0) {
            return null;
        }
        return Heads.repeat(Heads.owned(bias, x, 1).expandDims(0), heads / keyValueHeads);
    }

    // ---- the form with a state

    /** What was converted before: k, v [B, Hk, S, d], of which the last {@code held} [B, 1] are tokens. */
    private record Before(NDArray k, NDArray v, NDArray held) {
        int size() {
            return (int) k.getShape().get(2);
        }
    }

    @Override
    public Continuation chunked(NDArray x, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        Rotation rotation = ropeTheta.isPresent() ? layout.rotation(headDimension, ropeTheta.getAsDouble()) : null;
        Projected own = projected(x, parameters, layout, rotation);
        int rows = layout.rows();
        Before before = new Before(
                Heads.owned(initial.get("b_k"), x, rows),
                Heads.owned(initial.get("b_v"), x, rows),
                Heads.owned(initial.get(ContextState.HELD), x, rows));
        int group = heads / keyValueHeads;
        Projected ownPerHead = new Projected(own.q(), Heads.repeat(own.k(), group), Heads.repeat(own.v(), group));
        Before beforePerHead =
                new Before(Heads.repeat(before.k(), group), Heads.repeat(before.v(), group), before.held());
        NDList outputs = new NDList();
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (ChunkedLayout.Chunk chunk : layout.chunks()) {
            if (chunk.size() > 0) {
                outputs.add(read(chunk, ownPerHead, beforePerHead, layout));
            }
            if (chunk.capture()) {
                states.add(captured(states.size(), own, before, layout));
            }
        }
        return new Continuation(projectedOut(Heads.joined(outputs, 2), parameters, layout), states);
    }

    /** The outputs of one chunk [B, H, t, d]. */
    private NDArray read(ChunkedLayout.Chunk chunk, Projected own, Before before, ChunkedLayout layout) {
        NDArray q = chunk.of(own.q());
        NDManager scope = q.getManager();
        DataType type = q.getDataType();
        int reach = window.orElse(Integer.MAX_VALUE);
        int from = window.isPresent() ? layout.firstSeen(chunk, reach) : 0;
        String slots = ":, :, " + from + ":" + chunk.to();
        Attended within = attended(
                q,
                Heads.part(own.k(), 2, from, chunk.to(), slots),
                Heads.part(own.v(), 2, from, chunk.to(), slots),
                layout.seen(chunk, from, reach, scope));
        NDArray there = held(before.held(), before.size());
        NDArray seen = window.isPresent() ? there.mul(layout.seenBefore(chunk, before.size(), reach, scope)) : there;
        Attended converted = attended(q, before.k(), before.v(), seen);
        // Of the size of the rows alone: in float64, because the bits of a small array depend on where a row stands.
        NDArray share = Activations.sigmoid(
                        converted.logSum().sub(within.logSum()).toType(DataType.FLOAT64, false))
                .toType(type, false);
        return within.mean().add(converted.mean().sub(within.mean()).mul(share));
    }

    /**
     * A softmax over some keys.
     *
     * @param mean of their values [B, H, t, d]
     * @param logSum log Σ exp(s) [B, H, t, 1]
     */
    private record Attended(NDArray mean, NDArray logSum) {}

    /** Where no key is seen, the mean is some number and the logarithm next to nothing. */
    private static Attended attended(NDArray q, NDArray k, NDArray v, NDArray seen) {
        NDArray scores = q.matMul(k.swapAxes(2, 3)).mul(seen).add(seen.sub(1).mul(-UNSEEN));
        int[] keys = {3};
        NDArray largest = scores.max(keys, true);
        NDArray logSum = largest.sub(scores.logSoftmax(3).max(keys, true));
        return new Attended(scores.softmax(3).matMul(v), logSum);
    }

    /** 1 for the last {@code held} [B, 1] of {@code size} rows, 0 for those before them [B, 1, 1, size]. */
    private static NDArray held(NDArray held, int size) {
        float[] fromEnd = new float[size];
        for (int i = 0; i < size; i++) {
            fromEnd[i] = size - i;
        }
        NDArray place = Heads.constant(held.getManager(), fromEnd, new Shape(1, size), held.getDataType());
        return held.gte(place).toType(held.getDataType(), false).expandDims(1).expandDims(1);
    }

    private Map<String, NDArray> captured(int segment, Projected own, Before before, ChunkedLayout layout) {
        NDManager scope = own.k().getManager();
        // What was held, not the rows that it stood in: the bits of a product depend on how many keys there are.
        long heldBefore =
                (long) before.held().max().toType(DataType.FLOAT64, true).getDouble();
        long tokens = heldBefore + layout.longest(segment);
        int width = (int) Math.max(1, Math.min(mostKept(), tokens));
        NDArray held = before.held().add(layout.tokensRead(segment, scope));
        held = window.isPresent() ? NDArrays.minimum(held, mostKept()) : held;
        NDArray last = layout.last(segment, before.size(), width).expandDims(1).expandDims(3);
        NDArray there = held(held, width).swapAxes(2, 3);
        NDArray keys = kept(before.k(), own.k(), last).mul(there);
        Map<String, NDArray> state = new LinkedHashMap<>();
        state.put(
                "b_k",
                ropeTheta.isEmpty()
                        ? keys
                        : layout.read(segment, headDimension, ropeTheta.getAsDouble())
                                .inverse()
                                .rotate(keys));
        state.put("b_v", kept(before.v(), own.v(), last).mul(there));
        state.put(ContextState.HELD, held);
        return state;
    }

    /** The rows that {@code last} [B, 1, S', 1] names of those before the sequence and its own [B, Hk, S', d]. */
    private static NDArray kept(NDArray before, NDArray own, NDArray last) {
        NDArray all = before.concat(own, 2);
        Shape shape = all.getShape();
        return all.gather(
                last.broadcast(
                        new Shape(shape.get(0), shape.get(1), last.getShape().get(2), shape.get(3))),
                2);
    }
}
