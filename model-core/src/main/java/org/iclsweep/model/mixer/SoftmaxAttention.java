package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.kernel.CompressedKv;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.LogSumExpAttention;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.TaylorSums;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.layout.RowBlock;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;
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
 * (o_before − o_own) (arXiv:2205.14135, section 3.1). What approximations put in the place of keys and values is read
 * in the same way: {@link CompressedKv}, {@link TaylorSums}.
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
 * @param momentum what is added to the outputs of the heads, empty for nothing
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
        OptionalDouble headNorm,
        Optional<ValueMomentum> momentum)
        implements TokenMixer {

    /** The layout of the projections in a checkpoint. */
    public enum Projections {
        /** {@code q_proj}, {@code k_proj}, {@code v_proj}, {@code o_proj}, W [out, in], without biases. */
        SEPARATE,
        /** The same, with biases on q, k and v. */
        QKV_BIASED,
        /** The same, with biases on q, k and v, and perhaps on the way back. */
        BIASED,
        /** {@code c_attn} (q | k | v) and {@code c_proj}, W [in, out] with biases, as GPT-2 has them. */
        FUSED
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        long query = (long) heads * headDimension;
        long key = (long) keyValueHeads * headDimension;
        if (projections == Projections.FUSED) {
            parameters.add(ParameterSpec.inputMajorMatrix("c_attn.weight", hiddenSize, query + 2 * key));
            parameters.add(ParameterSpec.bias("c_attn.bias", query + 2 * key));
            parameters.add(ParameterSpec.inputMajorMatrix("c_proj.weight", query, hiddenSize));
            parameters.add(ParameterSpec.bias("c_proj.bias", hiddenSize));
        } else {
            for (String side : List.of("q", "k", "v")) {
                long channels = side.equals("q") ? query : key;
                parameters.add(start.projection(side, channels, hiddenSize));
                if (projections != Projections.SEPARATE) {
                    parameters.add(ParameterSpec.bias(side + "_proj.bias", channels));
                }
            }
            parameters.add(start.output(hiddenSize, query));
            if (projections == Projections.BIASED) {
                parameters.add(ParameterSpec.bias("o_proj.bias", hiddenSize).asOptional());
            }
        }
        if (headNorm.isPresent()) {
            parameters.add(ParameterSpec.scale("q_norm.weight", headDimension));
            parameters.add(ParameterSpec.scale("k_norm.weight", headDimension));
        }
        return parameters;
    }

    /** Keys and values, the slots and sums that approximations leave, and what only a run in memory needs. */
    @Override
    public List<StateTensor> stateTensors() {
        List<StateTensor> tensors = new ArrayList<>(CompressedKv.stateTensors(heads, keyValueHeads, headDimension));
        tensors.addAll(TaylorSums.stateTensors(keyValueHeads, headDimension));
        if (momentum.isPresent()) {
            tensors.add(ValueMomentum.stateTensor(keyValueHeads, headDimension));
        }
        return tensors;
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

    /** The shape of the heads, for kernels. */
    public KvHeads kvHeads() {
        return new KvHeads(heads, keyValueHeads, headDimension, ropeTheta, scale);
    }

    /** True if a token sees all earlier ones, and not the last of them only. */
    public boolean isOverAll() {
        return window.isEmpty();
    }

    /** The most tokens that a state can hold. */
    private int mostKept() {
        return window.isPresent() ? window.getAsInt() - 1 : Integer.MAX_VALUE;
    }

    /** q [B, H, T, d], scaled; k, v [B, Hk, T, d]; q and k turned by their positions, k and v zero in empty slots. */
    private Qkv projected(NDArray x, Parameters parameters, SlotLayout layout, @Nullable Rotation rotation) {
        NDList qkv = qkv(x, parameters);
        NDArray q = Heads.split(qkv.get(0), headDimension);
        NDArray k = Heads.split(qkv.get(1), headDimension);
        NDArray v = Heads.split(qkv.get(2), headDimension);
        if (headNorm.isPresent()) {
            q = Norms.rms(q, parameters.get("q_norm.weight"), headNorm.getAsDouble());
            k = Norms.rms(k, parameters.get("k_norm.weight"), headNorm.getAsDouble());
        }
        if (rotation != null) {
            q = rotation.rotate(q);
            k = rotation.rotate(k);
        }
        return new Qkv(Activations.scaled(q, scale), layout.onlyOccupied(k), layout.onlyOccupied(v));
    }

    private NDList qkv(NDArray x, Parameters parameters) {
        if (projections == Projections.FUSED) {
            return parameters.conv1d("c_attn", x).split(3, 2);
        }
        return new NDList(
                parameters.linear("q_proj", x), parameters.linear("k_proj", x), parameters.linear("v_proj", x));
    }

    private NDArray projectedOut(NDArray perHead, Parameters parameters, SlotLayout layout) {
        NDArray rows = Heads.join(layout.onlyOccupied(perHead));
        return projections == Projections.FUSED ? parameters.conv1d("c_proj", rows) : parameters.linear("o_proj", rows);
    }

    // ---- the form without a state

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        Qkv p = projected(x, parameters, layout, rotation(layout));
        int group = heads / keyValueHeads;
        NDArray k = Heads.repeat(p.k(), group);
        NDArray v = Heads.repeat(p.v(), group);
        observer.qkv(p.q(), k, v);
        CompressedKv slots = CompressedKv.ofCheckpoint(parameters, x);
        TaylorSums sums = TaylorSums.ofCheckpoint(parameters, x);
        CompressedKv before = slots == null ? null : slots.perQueryHead(group);
        TaylorSums features = sums == null ? null : sums.perQueryHead(group);
        NDList blocks = new NDList();
        for (RowBlock rows : RowBlock.of(layout, heads, x.getDataType())) {
            try (NDManager scope = x.getManager().newSubManager()) {
                NDArray queries = rows.part(p.q(), scope);
                LogSumExpAttention read = features == null ? null : features.read(queries, scale);
                NDArray scores = scores(rows, queries, rows.upTo(k, scope), before, layout, scope);
                NDArray weights = (read == null ? scores : read.logSum().concat(scores, 3)).softmax(3);
                int own = (int) weights.getShape().get(3) - rows.to();
                NDArray output = weights.get("..., " + own + ":").matMul(rows.upTo(v, scope));
                if (before != null) {
                    output = output.add(weights.get("..., " + (own - before.size()) + ":" + own)
                            .matMul(before.v()));
                }
                if (read != null) {
                    output = output.add(weights.get("..., 0:1").mul(read.mean()));
                }
                output.attach(x.getManager());
                blocks.add(output);
            }
        }
        NDArray read = Heads.joined(blocks, 2);
        NDArray perHead = momentum.isEmpty() ? read : momentum.get().addedTo(read, p.v(), parameters, layout);
        return input.output(projectedOut(perHead, parameters, layout));
    }

    /** s of a block of rows, over the converted slots and then over the sequence's [B, H, t, n + to]. */
    private NDArray scores(
            RowBlock rows,
            NDArray queries,
            NDArray keys,
            @Nullable CompressedKv before,
            PackedLayout layout,
            NDManager scope) {
        NDArray seen = layout.ancestors(rows, scope);
        NDArray scores = queries.matMul(keys.swapAxes(2, 3));
        if (window.isPresent()) {
            seen = seen.mul(layout.recent(rows, window.getAsInt(), scope));
        }
        // log 1 = 0 and log 0 = −∞. Rows that see nothing are empty slots.
        scores = scores.add(seen.log());
        if (before == null) {
            return scores;
        }
        NDArray earlier = before.scores(queries);
        if (window.isPresent()) {
            earlier = earlier.add(layout.recentBefore(rows, before.size(), window.getAsInt(), scope)
                    .log());
        }
        return earlier.concat(scores, 3);
    }

    // ---- the form with a state

    @Override
    public Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        Qkv own = projected(x, parameters, layout, rotation(layout));
        CompressedKv slots = CompressedKv.of(initial, x, layout.rows());
        TaylorSums sums = TaylorSums.of(initial, x, layout.rows());
        int group = heads / keyValueHeads;
        Qkv ownPerHead = new Qkv(own.q(), Heads.repeat(own.k(), group), Heads.repeat(own.v(), group));
        CompressedKv slotsPerHead = slots.perQueryHead(group);
        TaylorSums sumsPerHead = sums == null ? null : sums.perQueryHead(group);
        NDList outputs = new NDList();
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (ChunkedLayout.Chunk chunk : layout.chunks()) {
            if (chunk.size() > 0) {
                outputs.add(read(chunk, ownPerHead, slotsPerHead, sumsPerHead, layout));
            }
            if (chunk.capture()) {
                states.add(captured(states.size(), own, slots, sums, layout));
            }
        }
        NDArray read = Heads.joined(outputs, 2);
        NDArray perHead = momentum.isEmpty() ? read : momentum.get().addedTo(read, own.v(), initial, layout, states);
        return new Continuation(input.output(projectedOut(perHead, parameters, layout)), states);
    }

    private @Nullable Rotation rotation(SlotLayout layout) {
        return ropeTheta.isPresent() ? layout.rotation(headDimension, ropeTheta.getAsDouble()) : null;
    }

    /** The outputs of one chunk [B, H, t, d]. */
    private NDArray read(
            ChunkedLayout.Chunk chunk, Qkv own, CompressedKv before, @Nullable TaylorSums sums, ChunkedLayout layout) {
        NDArray q = chunk.part(own.q());
        NDManager scope = q.getManager();
        int reach = window.orElse(Integer.MAX_VALUE);
        int from = window.isPresent() ? layout.firstSeen(chunk, reach) : 0;
        String slots = ":, :, " + from + ":" + chunk.to();
        LogSumExpAttention within = LogSumExpAttention.of(
                q.matMul(Heads.part(own.k(), 2, from, chunk.to()).swapAxes(2, 3)),
                Heads.part(own.v(), 2, from, chunk.to()),
                layout.seen(chunk, from, reach, scope));
        NDArray there = before.there();
        NDArray seen = window.isPresent() ? there.mul(layout.seenBefore(chunk, before.size(), reach, scope)) : there;
        LogSumExpAttention converted = LogSumExpAttention.of(before.scores(q), before.v(), seen);
        return within.meanWith(sums == null ? converted : converted.with(sums.read(q, scale)));
    }

    private Map<String, NDArray> captured(
            int segment, Qkv own, CompressedKv before, @Nullable TaylorSums sums, ChunkedLayout layout) {
        NDManager scope = own.k().getManager();
        // What was held, not the rows that it stood in: the bits of a product depend on how many keys there are.
        long heldBefore = (long) Doubles.scalar(before.kvLength().max());
        long tokens = heldBefore + layout.longest(segment);
        int width = (int) Math.max(1, Math.min(mostKept(), tokens));
        NDArray held = before.kvLength().add(layout.tokensRead(segment, scope));
        held = window.isPresent() ? NDArrays.minimum(held, mostKept()) : held;
        NDArray last = layout.last(segment, before.size(), width).expandDims(1).expandDims(3);
        Rotation back = ropeTheta.isEmpty()
                ? null
                : layout.read(segment, headDimension, ropeTheta.getAsDouble()).inverse();
        Map<String, NDArray> state = before.followedBy(own, last, held, back);
        if (sums != null) {
            state.putAll(sums.state(back));
        }
        return state;
    }

    // ---- what a context costs

    @Override
    public long addedFlops(Map<String, Shape> state) {
        long slots = state.containsKey(CompressedKv.KEYS)
                ? state.get(CompressedKv.KEYS).get(1)
                : 0;
        long perHead = 4L * slots * headDimension;
        if (state.containsKey(TaylorSums.SUM)) {
            long features = state.get(TaylorSums.SUM).get(1);
            perHead += features + 2 * features * (headDimension + 1L);
        }
        return heads * perHead;
    }
}
