package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.kernel.AttentionSinks;
import org.iclsweep.model.kernel.CompressedKv;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.kernel.FeatureScores;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.SoftmaxSum;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.TaylorSums;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;
import org.iclsweep.model.tensor.RmsNorm;
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
 * any length leaves a finite state; without one it grows with the context. The last token of a context is at −1.
 *
 * <p>In the form with a state, the softmax over what was converted before and that over the sequence itself are
 * computed apart, and weighed by their sums: with L = log Σ_j exp(s_j) of each, o = o_own + σ(L_before − L_own)
 * (o_before − o_own) (arXiv:2205.14135, section 3.1). Approximations of keys and values are read in the same way:
 * {@link CompressedKv}, {@link TaylorSums}.
 *
 * @param hiddenSize D
 * @param kvHeads query heads H and key heads Hk of d features, values of dv, positions, c
 * @param window W, the token itself included; empty for all earlier tokens
 * @param projections the checkpoint's form of q, k, v and the output projection
 * @param qkNorm norm of q and k; empty for none
 * @param momentum addition to the outputs of the heads; empty for none
 * @param hasSinks true if a learnt score is beside those of the keys ({@link AttentionSinks})
 */
public record SoftmaxAttention(
        int hiddenSize,
        KvHeads kvHeads,
        OptionalInt window,
        AttentionProjections projections,
        Optional<QkNorm> qkNorm,
        Optional<ValueMomentum> momentum,
        boolean hasSinks)
        implements TokenMixer {
    /** An attention without norms, momentum and sinks. */
    public SoftmaxAttention(int hiddenSize, KvHeads kvHeads, OptionalInt window, AttentionProjections projections) {
        this(hiddenSize, kvHeads, window, projections, Optional.empty(), Optional.empty(), false);
    }

    /** The same with norms of q and k, head by head. */
    public SoftmaxAttention withHeadNorm(Optional<RmsNorm> norm) {
        return withQkNorm(norm.map(QkNorm::ofHeads));
    }

    /** The same with norms of q and k. */
    public SoftmaxAttention withQkNorm(Optional<QkNorm> norm) {
        return new SoftmaxAttention(hiddenSize, kvHeads, window, projections, norm, momentum, hasSinks);
    }

    /** The same with momentum. */
    public SoftmaxAttention withMomentum(Optional<ValueMomentum> added) {
        return new SoftmaxAttention(hiddenSize, kvHeads, window, projections, qkNorm, added, hasSinks);
    }

    /** The same with sinks. */
    public SoftmaxAttention withSinks() {
        return new SoftmaxAttention(hiddenSize, kvHeads, window, projections, qkNorm, momentum, true);
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(projections.parameters(start, hiddenSize, kvHeads));
        qkNorm.ifPresent(norm -> parameters.addAll(norm.parameters(kvHeads)));
        if (hasSinks) {
            parameters.add(AttentionSinks.parameter(heads()));
        }
        return parameters;
    }

    @Override
    public int heads() {
        return kvHeads.heads();
    }

    /** Keys and values, the slots and sums that approximations leave, and what only a run in memory needs. */
    @Override
    public List<StateTensor> stateTensors() {
        List<StateTensor> tensors = new ArrayList<>();
        tensors.addAll(CompressedKv.stateTensors(kvHeads));
        tensors.addAll(TaylorSums.stateTensors(kvHeads));
        if (momentum.isPresent()) {
            tensors.add(ValueMomentum.stateTensor(kvHeads.keyValueHeads(), kvHeads.valueDimension()));
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

    /** True if a token sees all earlier ones, and not the last of them only. */
    public boolean isOverAll() {
        return window.isEmpty();
    }

    /** The most tokens that a state can hold. */
    private int mostKept() {
        return window.isPresent() ? window.getAsInt() - 1 : Integer.MAX_VALUE;
    }

    /** Queries, keys and values of a batch's heads, and the gate [B, T, H dv] of their outputs, null for none. */
    private record Projected(Qkv qkv, @Nullable NDArray gate) {}

    /** Scaled queries, keys and values; q and k turned by their positions, k and v zero in empty slots. */
    private Projected projected(NDArray x, Parameters parameters, SlotLayout layout) {
        NDList qkv = projections.qkv(x, kvHeads, parameters);
        NDArray q = heads("q", qkv.get(0), parameters);
        NDArray keys = qkv.get(1);
        NDArray k =
                heads("k", kvHeads.keyFactor() == 1 ? keys : Activations.scaled(keys, kvHeads.keyFactor()), parameters);
        NDArray v = Heads.split(qkv.get(2), kvHeads.valueDimension());
        if (kvHeads.rotary().isPresent()) {
            Rotary rotary = kvHeads.rotary().get();
            Rotation rotation = layout.rotation(rotary);
            q = rotary.stretched(rotation.rotate(q));
            k = rotation.rotate(k);
        }
        Qkv own = new Qkv(Activations.scaled(q, kvHeads.scale()), layout.onlyOccupied(k), layout.onlyOccupied(v));
        return new Projected(own, qkv.size() > 3 ? qkv.get(3) : null);
    }

    private NDArray heads(String side, NDArray rows, Parameters parameters) {
        int d = kvHeads.headDimension();
        return qkNorm.map(norm -> norm.heads(side, rows, d, parameters)).orElseGet(() -> Heads.split(rows, d));
    }

    private NDArray projectedOut(NDArray perHead, @Nullable NDArray gate, Parameters parameters, SlotLayout layout) {
        NDArray rows = Heads.join(layout.onlyOccupied(perHead));
        return projections.back(
                gate == null ? rows : rows.mul(Activation.sigmoid(layout.onlyOccupied(gate))), parameters);
    }

    private Qkv perQueryHead(Qkv own) {
        int group = kvHeads.group();
        return new Qkv(own.q(), Heads.repeat(own.k(), group), Heads.repeat(own.v(), group));
    }

    private SoftmaxSum sum(
            Qkv own,
            Parameters parameters,
            @Nullable CompressedKv slots,
            @Nullable TaylorSums sums,
            @Nullable FeatureScores features) {
        int group = kvHeads.group();
        return new SoftmaxSum(
                own,
                slots == null ? null : slots.perQueryHead(group),
                sums == null ? null : sums.perQueryHead(group),
                features,
                parameters.find(AttentionSinks.NAME),
                window,
                kvHeads.scale());
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        Projected projected = projected(x, parameters, layout);
        Qkv own = projected.qkv();
        CompressedKv slots = CompressedKv.ofCheckpoint(parameters, x);
        SoftmaxSum sum = sum(own, parameters, slots, TaylorSums.ofCheckpoint(parameters, x), null);
        if (!hasSinks) {
            observer.qkv(() -> perQueryHead(own));
        }
        NDArray read = sum.uninterrupted(layout);
        NDArray perHead = momentum.isEmpty() ? read : momentum.get().addedTo(read, own.v(), parameters, layout);
        return input.output(projectedOut(perHead, projected.gate(), parameters, layout));
    }

    @Override
    public OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        Projected projected = projected(x, parameters, layout);
        Qkv own = projected.qkv();
        CompressedKv slots = CompressedKv.of(initial, x, layout.rows());
        TaylorSums sums = TaylorSums.of(initial, x, layout.rows());
        FeatureScores features = FeatureScores.of(initial, kvHeads, x);
        NDArray read = sum(perQueryHead(own), parameters, slots, sums, features).chunked(layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (int segment = 0; segment < layout.segments(); segment++) {
            states.add(captured(segment, own, slots, sums, layout));
        }
        NDArray perHead = momentum.isEmpty() ? read : momentum.get().addedTo(read, own.v(), initial, layout, states);
        return new OutputAndStates(input.output(projectedOut(perHead, projected.gate(), parameters, layout)), states);
    }

    private Map<String, NDArray> captured(
            int segment, Qkv own, CompressedKv before, @Nullable TaylorSums sums, ChunkedLayout layout) {
        NDManager scope = own.k().getManager();
        // The tokens held, not the padded rows: the bits of a product depend on the number of keys.
        long heldBefore = (long) Doubles.scalar(before.kvLength().max());
        long tokens = heldBefore + layout.longest(segment);
        int width = (int) Math.max(1, Math.min(mostKept(), tokens));
        NDArray held = before.kvLength().add(layout.tokensRead(segment, scope));
        held = window.isPresent() ? NDArrays.minimum(held, mostKept()) : held;
        NDArray last = layout.last(segment, before.size(), width).expandDims(1).expandDims(3);
        Rotation back = kvHeads.rotary()
                .map(rotary -> layout.read(segment, rotary).inverse())
                .orElse(null);
        Map<String, NDArray> state = before.followedBy(own, last, held, back);
        if (sums != null) {
            state.putAll(sums.state(back));
        }
        return state;
    }

    @Override
    public long addedFlops(Map<String, Shape> state) {
        long slots = state.containsKey(CompressedKv.KEYS)
                ? state.get(CompressedKv.KEYS).get(1)
                : 0;
        int d = kvHeads.headDimension();
        int dv = kvHeads.valueDimension();
        long perHead = 2L * slots * (d + dv);
        if (state.containsKey(TaylorSums.SUM)) {
            long features = state.get(TaylorSums.SUM).get(1);
            perHead += features + 2 * features * (dv + 1L);
        }
        return heads() * perHead;
    }
}
