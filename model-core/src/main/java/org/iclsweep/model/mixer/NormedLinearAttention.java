package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.iclsweep.model.kernel.DecayedSum;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.Recurrence;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.FeatureMap;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;
import org.jspecify.annotations.Nullable;

/**
 * Linear attention without positions (arXiv:2006.16236), outputs normed (arXiv:2210.10340), a state per key-value head:
 *
 * <pre>
 *   o_i = P^{−½} φ(q_i)ᵀ (Σ_{j≤i} φ(k_j) v_jᵀ + b_KV),   with a normaliser divided by
 *         P^{−½} φ(q_i)ᵀ (Σ_{j≤i} φ(k_j) + b_D) + 10⁻¹⁰;   then o_i / √(mean(o_i²) + ε) · w
 *   b'_KV = b_KV + Σ_{j≤M} φ(k_j) v_jᵀ      b'_D = b_D + Σ_{j≤M} φ(k_j)
 * </pre>
 *
 * The normaliser is one more column of values, all of them 1.
 *
 * @param sizes of the heads; φ makes P features of dk dimensions
 * @param tied true if queries and keys share a learnt feature map
 * @param queriesSumToOne true if φ(q) is divided by the sum of its features + 10⁻⁴
 * @param keysSumToOne true if φ(k) is
 * @param normalizer true if outputs are divided by the sum of the scores
 * @param output the norm and the projection of the heads
 */
public record NormedLinearAttention(
        HeadSizes sizes,
        FeatureMap featureMap,
        boolean tied,
        boolean queriesSumToOne,
        boolean keysSumToOne,
        boolean normalizer,
        GatedOutput output)
        implements TokenMixer {
    private static final double SUM_EPSILON = 1e-4;
    private static final double NORMALISER_EPSILON = 1e-10;
    private static final String QUERY_MAP = "feature_map_q";
    private static final String KEY_MAP = "feature_map_k";

    private int features() {
        return featureMap.features(sizes.key());
    }

    @Override
    public int heads() {
        return sizes.heads();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters =
                new ArrayList<>(ShortConvQkv.of(sizes, 0).parameters(start));
        for (ParameterSpec map : featureMap.parameters(sizes.key())) {
            // A map that is shared is stored once, under either name.
            ParameterSpec queries = map.inPart(QUERY_MAP);
            parameters.add(tied ? queries.orNamed(KEY_MAP + "." + map.name()) : queries);
            if (!tied) {
                parameters.add(map.inPart(KEY_MAP));
            }
        }
        parameters.addAll(output.parameters(start, sizes));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        StateTensor sum = StateTensor.keyValueSum(sizes.keyValueHeads(), features(), sizes.value());
        return normalizer ? List.of(sum, StateTensor.normalizerSum(sizes.keyValueHeads(), features())) : List.of(sum);
    }

    /** The sums over {@code x}, per query head; a column of ones after the values is the normaliser. */
    private DecayedSum sums(NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray q = Heads.split(parameters.linear("q_proj", x), sizes.key());
        NDArray k = Heads.split(parameters.linear("k_proj", x), sizes.key());
        NDArray v = Heads.split(parameters.linear("v_proj", x), sizes.value());
        NDArray mappedQ = featureMap.apply(q, parameters.in(QUERY_MAP));
        NDArray mappedK = featureMap.apply(k, parameters.in(tied ? QUERY_MAP : KEY_MAP));
        NDArray queries =
                Activations.scaled(queriesSumToOne ? summingToOne(mappedQ) : mappedQ, 1 / Math.sqrt(features()));
        NDArray keys = (keysSumToOne ? summingToOne(mappedK) : mappedK)
                .mul(layout.occupied().expandDims(1));
        NDArray values = normalizer ? v.concat(v.get("..., 0:1").onesLike(), -1) : v;
        return new DecayedSum(
                queries, Heads.repeat(keys, sizes.group()), Heads.repeat(values, sizes.group()), ScalarDecay.NONE);
    }

    private static NDArray summingToOne(NDArray features) {
        return features.div(features.sum(new int[] {3}, true).add(SUM_EPSILON));
    }

    /** b_KV, and b_D as its last column, per query head [R, H, P, V]. */
    private @Nullable NDArray initial(Parameters biases, NDArray x, int rows) {
        NDArray kv = biases.find("b_kv");
        if (kv == null) {
            return null;
        }
        NDArray state = Heads.owned(kv, x, 1);
        if (normalizer) {
            state = state.concat(Heads.owned(biases.get("b_d"), x, 1).expandDims(-1), -1);
        }
        if (state.getShape().dimension() == 3) {
            state = state.expandDims(0);
        }
        return Heads.repeat(Heads.owned(state, x, rows), sizes.group());
    }

    @Override
    public boolean advancesByNumber() {
        return true;
    }

    /** The same state: nothing turns or decays. */
    @Override
    public Map<String, NDArray> advance(Map<String, NDArray> state, int[] tokens) {
        return state;
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        DecayedSum sums = sums(x, parameters, layout);
        NDArray initial = initial(parameters, x, 1);
        NDArray read = sums.uninterrupted(initial, layout);
        if (normalizer && observer != RunObserver.NONE && !featureMap.isNonNegative()) {
            conditioning(sums, read, initial, layout, observer);
        }
        return input.output(projectedOut(read, x, parameters, layout));
    }

    /** Shows how far the terms of the normaliser cancel, for every slot. */
    private void conditioning(
            DecayedSum sums, NDArray read, @Nullable NDArray initial, PackedLayout layout, RunObserver observer) {
        NDArray sum = Heads.last(read, 3).add(NORMALISER_EPSILON).abs();
        NDArray terms = sums.magnitudes(layout);
        if (initial != null) {
            terms = terms.add(sums.q().matMul(Heads.last(initial, 3)).abs());
        }
        observer.normaliser(sum.div(terms.add(NORMALISER_EPSILON)));
    }

    @Override
    public OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        NDArray state = Objects.requireNonNull(initial(initial, x, layout.rows()), "initial state");
        Recurrence.Scanned scanned = sums(x, parameters, layout).chunked(state, layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (NDArray captured : scanned.states()) {
            states.add(biases(Heads.firstOf(captured, sizes.group())));
        }
        return new OutputAndStates(input.output(projectedOut(scanned.outputs(), x, parameters, layout)), states);
    }

    private Map<String, NDArray> biases(NDArray state) {
        Map<String, NDArray> biases = new LinkedHashMap<>();
        biases.put("b_kv", normalizer ? state.get("..., 0:" + sizes.value()) : state);
        if (normalizer) {
            biases.put("b_d", state.get("..., " + sizes.value()));
        }
        return biases;
    }

    /** The quotient, the norm per head, and the projection back [B, T, D]. */
    private NDArray projectedOut(NDArray read, NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray perHead = normalizer
                ? read.get("..., 0:" + sizes.value()).div(read.get("..., -1:").add(NORMALISER_EPSILON))
                : read;
        return output.apply(perHead, x, parameters, layout);
    }
}
