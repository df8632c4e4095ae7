package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The gated delta rule (arXiv:2412.06464, eq. 10), per value head with state S [d, dv]:
 *
 * <pre>
 *   S_t = α_t S_{t−1} + β_t k_t (v_t − k_tᵀ α_t S_{t−1})ᵀ,   o_t = d^{−½} q_tᵀ S_t,   α_t = e^{g_t}
 *   b'_KV = S_M from S_0 = b_KV: the context's M updates applied to the bias, with no positions to turn
 * </pre>
 *
 * In the form without a state, the pseudo-values u_t = β_t (v_t − e^{g_t} S_{t−1}ᵀ k_t) solve the unit triangular
 * system (I + N) u = β (v − e^c k b_KV) with N_tj = β_t e^{c_t − c_j} k_tᵀk_j for j &lt; t, where c_t = Σ_{s≤t} g_s;
 * then o_t = d^{−½} (Σ_{j≤t} e^{c_t − c_j} q_tᵀk_j u_j + e^{c_t} q_tᵀ b_KV).
 *
 * @param hiddenSize D
 * @param heads query and key heads H
 * @param valueHeads Hv, a multiple of H
 * @param headDimension d of queries and keys
 * @param valueDimension dv
 * @param gated whether outputs pass a gate silu(g_proj x)
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param negativeEigenvalues whether β reaches 2 instead of 1
 * @param normEpsilon of the output norm
 */
public record GatedDeltaRule(
        int hiddenSize,
        int heads,
        int valueHeads,
        int headDimension,
        int valueDimension,
        boolean gated,
        int convSize,
        boolean negativeEigenvalues,
        double normEpsilon)
        implements TokenMixer {

    private static final String[] SIDES = {"q", "k", "v"};
    /** Rows of one triangular system in the quadratic form. */
    private static final int SYSTEM = 64;

    private static final double L2_EPSILON = 1e-6;

    private long channels(String side) {
        return side.equals("v") ? (long) valueHeads * valueDimension : (long) heads * headDimension;
    }

    @Override
    public Map<String, Shape> parameterShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String side : SIDES) {
            shapes.put(side + "_proj.weight", new Shape(channels(side), hiddenSize));
            if (convSize > 0) {
                shapes.put(side + "_conv1d.weight", new Shape(channels(side), 1, convSize));
            }
        }
        shapes.put("a_proj.weight", new Shape(valueHeads, hiddenSize));
        shapes.put("b_proj.weight", new Shape(valueHeads, hiddenSize));
        shapes.put("A_log", new Shape(valueHeads));
        shapes.put("dt_bias", new Shape(valueHeads));
        if (gated) {
            shapes.put("g_proj.weight", new Shape(channels("v"), hiddenSize));
        }
        shapes.put("o_norm.weight", new Shape(valueDimension));
        shapes.put("o_proj.weight", new Shape(hiddenSize, channels("v")));
        return shapes;
    }

    @Override
    public Map<String, Shape> stateShapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("b_kv", new Shape(valueHeads, headDimension, valueDimension));
        if (convSize > 1) {
            for (String side : SIDES) {
                shapes.put(side + "_conv1d.b_x", new Shape(channels(side), convSize - 1));
            }
        }
        return shapes;
    }

    /**
     * What the rule reads of a batch: q, k [B, Hv, T, d], q scaled and both of length 1; v [B, Hv, T, dv]; β and the
     * log decays g [B, Hv, T].
     */
    private record Projected(
            NDArray q, NDArray k, NDArray v, NDArray beta, NDArray g, Map<String, NDArray> convolved) {}

    private Projected projected(NDArray x, Parameters parameters, SlotLayout layout, Parameters initial) {
        NDArray[] sides = new NDArray[3];
        Map<String, NDArray> convolved = new LinkedHashMap<>();
        for (int i = 0; i < 3; i++) {
            String conv = SIDES[i] + "_conv1d";
            NDArray u = parameters.linear(SIDES[i] + "_proj", x);
            if (convSize > 0) {
                NDArray before = ShortConvolution.before(u, convSize, initial.find(conv + ".b_x"));
                NDArray extended = ShortConvolution.extended(before, u);
                convolved.put(conv, extended);
                u = ShortConvolution.apply(extended, parameters, conv, layout);
            }
            sides[i] = Heads.split(Activations.silu(u), i == 2 ? valueDimension : headDimension);
        }
        int group = valueHeads / heads;
        NDArray present = layout.occupied().swapAxes(1, 2);
        // In float32 the last bit of these functions depends on where an element stands in its array: the ends of small
        // arrays are computed otherwise than their middles, and a trial's bits would depend on its place in the batch.
        DataType exact = DataType.FLOAT64;
        NDArray beta = Activations.sigmoid(parameters.linear("b_proj", x).toType(exact, false))
                .toType(x.getDataType(), false)
                .swapAxes(1, 2);
        NDArray rate = Activations.softplus(
                parameters.linear("a_proj", x).add(parameters.get("dt_bias")).toType(exact, false));
        // Copied first: a function of a weight alone would stay with the model.
        NDArray decayRate =
                Heads.owned(parameters.get("A_log"), x, 1).toType(exact, false).exp();
        NDArray g = rate.mul(decayRate).neg().toType(x.getDataType(), false).swapAxes(1, 2);
        return new Projected(
                Heads.repeat(unit(sides[0]).mul(1 / Math.sqrt(headDimension)), group),
                Heads.repeat(unit(sides[1]), group),
                sides[2],
                (negativeEigenvalues ? beta.mul(2) : beta).mul(present),
                g.mul(present),
                convolved);
    }

    private static NDArray unit(NDArray x) {
        return x.div(x.mul(x).sum(new int[] {3}, true).add(L2_EPSILON).sqrt());
    }

    @Override
    public NDArray uninterrupted(NDArray x, Parameters parameters, PackedLayout layout, LayerProbe probe) {
        Projected p = projected(x, parameters, layout, parameters);
        NDArray decay = layout.pathSums(p.g());
        NDArray bKv = parameters.find("b_kv");
        Solved solved = null;
        NDList outputs = new NDList();
        for (RowBlock rows : RowBlock.of(layout.length(), SYSTEM)) {
            try (NDManager scope = x.getManager().newSubManager()) {
                Solved next = solved(rows, p, decay, bKv, solved, layout, scope);
                next.attach(x.getManager());
                if (solved != null) {
                    solved.pseudoValues().close();
                }
                solved = next;
            }
            outputs.add(solved.output());
        }
        return projectedOut(NDArrays.concat(outputs, 2), x, parameters, layout);
    }

    /** Outputs of a block of rows [B, Hv, t, dv], and the pseudo-values of all rows up to its last [B, Hv, to, dv]. */
    private record Solved(NDArray output, NDArray pseudoValues) {
        void attach(NDManager layer) {
            output.attach(layer);
            pseudoValues.attach(layer);
        }
    }

    /** Solves a block of rows, given the {@code earlier} ones; everything on the way is owned by {@code scope}. */
    private static Solved solved(
            RowBlock rows,
            Projected p,
            NDArray decay,
            @Nullable NDArray bKv,
            @Nullable Solved earlier,
            PackedLayout layout,
            NDManager scope) {
        NDArray keys = rows.of(p.k(), scope);
        NDArray queries = rows.of(p.q(), scope);
        NDArray beta = rows.of(p.beta(), scope).expandDims(3);
        NDArray weights = decayed(layout.ancestors(rows, scope), decay, rows, keys.getDataType(), scope);
        NDArray keysSoFar = rows.upTo(p.k(), scope).swapAxes(2, 3);
        NDArray right = rows.of(p.v(), scope);
        NDArray coupling = keys.matMul(keysSoFar).mul(weights);
        if (bKv != null) {
            right = right.sub(carried(decay, rows, keys, bKv, scope));
        }
        if (earlier != null) {
            right = right.sub(coupling.get("..., 0:" + rows.from()).matMul(earlier.pseudoValues()));
        }
        NDArray own = coupling.get("..., " + rows.from() + ":" + rows.to());
        NDArray system = own.mul(Heads.causal(own, true)).mul(beta);
        NDArray pseudoValues = UnitTriangular.inverse(system).matMul(right.mul(beta));
        if (earlier != null) {
            pseudoValues = NDArrays.concat(new NDList(earlier.pseudoValues(), pseudoValues), 2);
        }
        NDArray output = queries.matMul(keysSoFar).mul(weights).matMul(pseudoValues);
        return new Solved(bKv == null ? output : output.add(carried(decay, rows, queries, bKv, scope)), pseudoValues);
    }

    /** e^{c_i} x_iᵀ b_KV for rows x [B, Hv, t, d]: what they read of the bias. */
    private static NDArray carried(NDArray decay, RowBlock rows, NDArray x, NDArray bKv, NDManager scope) {
        NDArray power = rows.of(decay, scope).exp().toType(x.getDataType(), false);
        return power.expandDims(3).mul(x.matMul(bKv));
    }

    /** e^{c_i − c_j} where slot i has read slot j, else 0; the differences are taken in float64. */
    private static NDArray decayed(NDArray ancestors, NDArray decay, RowBlock rows, DataType type, NDManager scope) {
        NDArray here = rows.of(decay, scope).expandDims(3);
        NDArray there = rows.upTo(decay, scope).expandDims(2);
        // Masked before the exponential, too: what is not an ancestor may lie ahead, and its power overflows. The power
        // of
        // a difference can be taken in any type.
        return here.sub(there).toType(type, false).mul(ancestors).exp().mul(ancestors);
    }

    @Override
    public Continuation chunked(NDArray x, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        Projected p = projected(x, parameters, layout, initial);
        NDArray state = Heads.owned(initial.get("b_kv"), x, layout.rows());
        NDList outputs = new NDList();
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (ChunkedLayout.Run run : layout.runs()) {
            boolean isEmpty = run.chunks().get(0).size() == 0;
            WithinChunks within = isEmpty ? null : within(run, p);
            for (int i = 0; i < run.chunks().size(); i++) {
                if (within != null) {
                    Step step = step(within, i, state);
                    outputs.add(step.output());
                    state = step.state();
                }
                if (run.chunks().get(i).capture()) {
                    states.add(captured(states.size(), state, p, layout));
                }
            }
        }
        return new Continuation(projectedOut(Heads.joined(outputs, 2), x, parameters, layout), states);
    }

    /**
     * What n chunks of t slots do that does not depend on the state S before each. Pseudo-values U = W − Y S, outputs Q
     * S + A U, the next state e^{c_t} S + K U.
     *
     * @param w (I + N)⁻¹ β v [B, Hv, n, t, dv]
     * @param y (I + N)⁻¹ β e^c k [B, Hv, n, t, d]
     * @param a e^{c_i − c_j} d^{−½} q_iᵀk_j for j ≤ i [B, Hv, n, t, t]
     * @param q d^{−½} e^c q [B, Hv, n, t, d]
     * @param k e^{c_t − c} k, transposed [B, Hv, n, d, t]
     * @param decay e^{c_t} [B, Hv, n, 1, 1]
     */
    private record WithinChunks(NDArray w, NDArray y, NDArray a, NDArray q, NDArray k, NDArray decay) {}

    private static WithinChunks within(ChunkedLayout.Run run, Projected p) {
        NDArray q = run.of(p.q());
        NDArray k = run.of(p.k());
        NDArray beta = run.of(p.beta()).expandDims(4);
        DataType type = q.getDataType();
        NDArray sums = run.of(p.g().toType(DataType.FLOAT64, true)).cumSum(3);
        NDArray fromStart = sums.exp().toType(type, false).expandDims(4);
        long last = sums.getShape().get(3) - 1;
        NDArray total = Heads.part(sums, 3, last, last + 1, "..., -1:");
        NDArray toEnd = total.sub(sums).exp().toType(type, false).expandDims(4);
        // The differences of the sums are taken in float64, the power of a difference can be in any type.
        NDArray differences = sums.expandDims(4).sub(sums.expandDims(3)).toType(type, false);
        NDArray causal = Heads.causal(differences, false);
        NDArray weights = differences.mul(causal).exp().mul(causal);
        NDArray transposed = k.swapAxes(3, 4);
        NDArray coupling = k.matMul(transposed).mul(weights.mul(beta));
        NDArray inverse = UnitTriangular.inverse(coupling.mul(Heads.causal(coupling, true)));
        return new WithinChunks(
                inverse.matMul(run.of(p.v()).mul(beta)),
                inverse.matMul(k.mul(beta.mul(fromStart))),
                q.matMul(transposed).mul(weights),
                q.mul(fromStart),
                k.mul(toEnd).swapAxes(3, 4),
                total.exp().toType(type, false).expandDims(4));
    }

    /** Outputs [B, Hv, t, dv] of one chunk, and the state after it [B, Hv, d, dv]. */
    private record Step(NDArray output, NDArray state) {}

    private static Step step(WithinChunks within, int chunk, NDArray state) {
        NDIndex at = new NDIndex().addAllDim(2).addIndices(chunk);
        NDArray written = within.w().get(at).sub(within.y().get(at).matMul(state));
        NDArray output = within.q().get(at).matMul(state).add(within.a().get(at).matMul(written));
        NDArray kept = state.mul(within.decay().get(at));
        return new Step(output, kept.add(within.k().get(at).matMul(written)));
    }

    private Map<String, NDArray> captured(int segment, NDArray state, Projected p, ChunkedLayout layout) {
        Map<String, NDArray> captured = new LinkedHashMap<>();
        captured.put("b_kv", state);
        if (convSize > 1) {
            p.convolved()
                    .forEach((conv, extended) -> captured.put(
                            conv + ".b_x",
                            layout.tail(extended, segment, convSize).swapAxes(1, 2)));
        }
        return captured;
    }

    /** The output norm per head, the gate, and the projection back [B, T, D]. */
    private NDArray projectedOut(NDArray perHead, NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray normed = Norms.rms(perHead, parameters.find("o_norm.weight"), normEpsilon);
        NDArray rows = Heads.join(Heads.onlyOccupied(normed, layout));
        @Nullable NDArray gate = gated ? Activations.silu(parameters.linear("g_proj", x)) : null;
        return parameters.linear("o_proj", gate == null ? rows : rows.mul(gate));
    }
}
