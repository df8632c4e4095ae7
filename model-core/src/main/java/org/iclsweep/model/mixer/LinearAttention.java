package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.SeparableSum;
import org.iclsweep.model.kernel.SeparableSum.Normaliser;
import org.iclsweep.model.kernel.SeparableSum.Sums;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.ShortConvolution;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.FeatureMap;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * Linearised attention with rotary positions and a separable normaliser (arXiv:2406.02847), biases per key-value head:
 *
 * <pre>
 *   o_i = (R_i φ(q_i))ᵀ (Σ_{j≤i} R_j φ(k_j) v_jᵀ + b_KV) / (φ(q_i)ᵀ (Σ_{j≤i} φ(k_j) + b_D))   (eq. 12, 13)
 *   b'_KV = R_{−M} b_KV + Σ_{j≤M} R_{j−M} φ(k_j) v_jᵀ   (eq. 14)      b'_D = b_D + Σ_{j≤M} φ(k_j)   (eq. 15)
 * </pre>
 *
 * With a rotary normaliser, b_D turns as b_KV does. Positions count from 0: the last token of a context is at −1.
 *
 * @param hiddenSize D
 * @param heads query heads H
 * @param keyValueHeads Hk, each of which serves H / Hk query heads
 * @param headDimension d
 * @param ropeTheta base of the rotary angles, empty for no positions
 * @param rotaryBeforeMap true if heads are rotated before φ instead of after it: φ(R_i q)ᵀφ(R_j k) is then no function
 *     of i − j, and the state of a context cannot be turned to where the query starts again at 0
 * @param normalizer true if outputs are divided by the sum of the scores
 * @param rotaryNormalizer true if that sum is over rotated features
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param momentum addition to the outputs of the heads; empty for none
 */
public record LinearAttention(
        int hiddenSize,
        int heads,
        int keyValueHeads,
        int headDimension,
        FeatureMap featureMap,
        OptionalDouble ropeTheta,
        boolean rotaryBeforeMap,
        boolean normalizer,
        boolean rotaryNormalizer,
        int convSize,
        Optional<ValueMomentum> momentum)
        implements TokenMixer {
    private int features() {
        return featureMap.features(headDimension);
    }

    /** The positions by which features turn, after φ. */
    private Optional<Rotary> rotary() {
        return rotaryBeforeMap ? Optional.empty() : rotary(features());
    }

    private Optional<Rotary> rotary(int features) {
        return ropeTheta.isPresent() ? Optional.of(Rotary.of(features, ropeTheta.getAsDouble())) : Optional.empty();
    }

    @Override
    public Optional<Assumption.Broken> broken() {
        if (!rotaryBeforeMap || ropeTheta.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Assumption.Broken(
                Assumption.RELATIVE_POSITIONS,
                "positions turn queries and keys before the feature map "
                        + featureMap.name().toLowerCase(Locale.ROOT) + ", which does not turn with them",
                "rotate after the feature map (rotary_before_feature_map = false) and train so; or keep the context in"
                        + " the prompt"));
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(qkv().parameters(start));
        parameters.add(start.output(hiddenSize, (long) heads * headDimension));
        for (String side : List.of("q", "k")) {
            featureMap.parameters(headDimension).forEach(map -> parameters.add(map.inPart("feature_map_" + side)));
        }
        ShortConvQkv qkv = qkv();
        parameters.add(ProjectionStart.bias("q", qkv.queryChannels()).asOptional());
        parameters.add(ProjectionStart.bias("k", qkv.keyChannels()).asOptional());
        parameters.add(ProjectionStart.bias("v", qkv.valueChannels()).asOptional());
        parameters.add(ParameterSpec.bias("o_proj.bias", hiddenSize).asOptional());
        return parameters;
    }

    private ShortConvQkv qkv() {
        return ShortConvQkv.of(new HeadSizes(hiddenSize, heads, keyValueHeads, headDimension, headDimension), convSize);
    }

    @Override
    public List<StateTensor> stateTensors() {
        List<StateTensor> tensors = new ArrayList<>();
        tensors.add(StateTensor.keyValueSum(keyValueHeads, features(), headDimension));
        if (normalizer) {
            tensors.add(StateTensor.normalizerSum(keyValueHeads, features()));
        }
        tensors.addAll(qkv().stateTensors());
        if (momentum.isPresent()) {
            tensors.add(ValueMomentum.stateTensor(keyValueHeads, headDimension));
        }
        return tensors;
    }

    /** Features and values: q [B, H, T, P], k [B, Hk, T, P], v [B, Hk, T, d]; and the rows that they are made of. */
    private record Projected(NDArray q, NDArray k, NDArray v, ShortConvQkv.Rows rows) {}

    private Projected projected(NDArray x, Parameters parameters, SlotLayout layout, Parameters initial) {
        Nonlinearity activation = convSize > 0 ? Nonlinearity.SILU : Nonlinearity.IDENTITY;
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, initial, activation, activation);
        NDArray q = Heads.split(rows.q(), headDimension);
        NDArray k = Heads.split(rows.k(), headDimension);
        if (rotaryBeforeMap && ropeTheta.isPresent()) {
            Rotation rotation = layout.rotation(rotary(headDimension).orElseThrow());
            q = rotation.rotate(q);
            k = rotation.rotate(k);
        }
        return new Projected(
                featureMap.apply(q, parameters.in("feature_map_q")),
                featureMap.apply(k, parameters.in("feature_map_k")),
                Heads.split(rows.v(), headDimension),
                rows);
    }

    private NDArray rotated(NDArray x, SlotLayout layout) {
        return rotary().map(rotary -> layout.rotation(rotary).rotate(x)).orElse(x);
    }

    /** The sums over the features q and k and the values, which turn with the slots' positions. */
    private SeparableSum sum(NDArray q, NDArray k, NDArray v, SlotLayout layout) {
        NDArray turnedQ = rotated(q, layout);
        NDArray turnedK = rotated(k, layout);
        Normaliser plain = new Normaliser(q, k, !featureMap.isNonNegative());
        Normaliser own = rotaryNormalizer ? new Normaliser(turnedQ, turnedK, true) : plain;
        return new SeparableSum(turnedQ, turnedK, v, normalizer ? own : null);
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        Projected p = projected(input.x(), parameters, layout, parameters);
        NDArray read = sum(p.q(), p.k(), p.v(), layout)
                .uninterrupted(parameters.find("b_kv"), parameters.find("b_d"), layout, observer);
        NDArray perHead = momentum.isEmpty() ? read : momentum.get().addedTo(read, p.v(), parameters, layout);
        return input.output(projectedOut(perHead, parameters, layout));
    }

    @Override
    public OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        Projected p = projected(x, parameters, layout, initial);
        NDArray present = layout.occupied().expandDims(1);
        NDArray v = p.v().mul(present);
        Sums start = new Sums(
                Heads.owned(initial.get("b_kv"), x, layout.rows()),
                normalizer ? Heads.owned(initial.get("b_d"), x, layout.rows()) : null);
        SeparableSum.Scanned scanned = sum(p.q(), p.k().mul(present), v, layout).chunked(start, layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (Sums sums : scanned.states()) {
            states.add(captured(states.size(), sums, p.rows(), layout));
        }
        NDArray read = scanned.outputs();
        NDArray perHead = momentum.isEmpty() ? read : momentum.get().addedTo(read, v, initial, layout, states);
        return new OutputAndStates(input.output(projectedOut(perHead, parameters, layout)), states);
    }

    private Map<String, NDArray> captured(int segment, Sums sums, ShortConvQkv.Rows rows, ChunkedLayout layout) {
        Map<String, NDArray> state = new LinkedHashMap<>();
        Rotation read = rotary().map(rotary -> layout.read(segment, rotary)).orElse(null);
        state.put("b_kv", read == null ? sums.kv() : read.rotateBack(sums.kv()));
        if (sums.d() != null) {
            state.put("b_d", read == null || !rotaryNormalizer ? sums.d() : read.rotateBack(sums.d()));
        }
        state.putAll(rows.kept(segment, layout));
        return state;
    }

    @Override
    public boolean advancesByNumber() {
        return broken().isEmpty();
    }

    /** R_{−M} b_KV (eq. 14), b_D as it is, η^M b_S, and of the convolutions' rows those still among the last. */
    @Override
    public Map<String, NDArray> advance(Map<String, NDArray> state, int[] tokens) {
        Map<String, NDArray> advanced = new LinkedHashMap<>();
        for (StateTensor declared : stateTensors()) {
            NDArray tensor = Parameters.of(state).get(declared.name());
            advanced.put(
                    declared.name(),
                    switch (declared.role()) {
                        case ROWS -> ShortConvolution.advance(tensor, tokens);
                        case VALUE_AVERAGE -> momentum.orElseThrow().advance(tensor, tokens);
                        case KEY_VALUE_SUM -> turnedBack(tensor, tokens, rotary());
                        case NORMALIZER_SUM ->
                            turnedBack(tensor, tokens, rotaryNormalizer ? rotary() : Optional.empty());
                        default -> throw new IllegalStateException(declared + " has no transition");
                    });
        }
        return advanced;
    }

    private static NDArray turnedBack(NDArray state, int[] tokens, Optional<Rotary> by) {
        return by.map(rotary -> Rotation.ofRows(state.getManager(), tokens, rotary, state.getDataType())
                        .rotateBack(state))
                .orElse(state);
    }

    private NDArray projectedOut(NDArray perHead, Parameters parameters, SlotLayout layout) {
        return parameters.linear("o_proj", Heads.join(layout.onlyOccupied(perHead)));
    }
}
