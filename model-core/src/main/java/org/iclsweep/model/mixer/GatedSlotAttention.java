package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.GatedSlots;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * Gated slot attention (arXiv:2409.07146): softmax attention over M slots, which forget each at its own rate:
 *
 * <pre>
 *   S_t = diag(α_t) S_{t−1} + (1 − α_t) [k_t | v_t]ᵀ,   log α_t = log σ(W_f x_t) / τ
 *   y_t = softmax(S_t^k q_t)ᵀ S_t^v,   o_t = W_o norm(silu(y_t)),   with q, k = φ(W x) and v = silu(W_v x)
 *   b'_KV = S_M [Hk, M, dk + dv] from S_0 = b_KV, and the rows of the convolutions
 * </pre>
 *
 * Before the first token all slots are 0, and read alike.
 *
 * @param sizes of the heads
 * @param slots M
 * @param convSize taps of the short convolutions on q, k and v, after which comes silu; 0 for none, and no silu
 * @param featureMap φ, after a learnt map where there is one
 * @param isLearnt true if q and k go through a map {@code feature_map.layer} first, the same for both
 * @param temperature τ
 * @param output the norm over all heads, and the projection back
 */
public record GatedSlotAttention(
        HeadSizes sizes,
        int slots,
        int convSize,
        Nonlinearity featureMap,
        boolean isLearnt,
        double temperature,
        JoinedOutput output)
        implements RecurrentMixer {
    private static final String MAP = "feature_map.layer";

    @Override
    public int heads() {
        return sizes.heads();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters =
                new ArrayList<>(ShortConvQkv.of(sizes, convSize).parameters(start));
        parameters.add(ParameterSpec.matrix("f_proj.weight", (long) sizes.keyValueHeads() * slots, sizes.hiddenSize()));
        if (isLearnt) {
            parameters.add(ParameterSpec.identity(MAP + ".weight", sizes.key()));
        }
        parameters.addAll(output.parameters(start, sizes.hiddenSize(), (long) sizes.heads() * sizes.value()));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return StateTensor.keyValueSum(sizes.keyValueHeads(), slots, (long) sizes.key() + sizes.value())
                .then(ShortConvQkv.of(sizes, convSize).stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        Nonlinearity activation = convSize > 0 ? Nonlinearity.SILU : Nonlinearity.IDENTITY;
        ShortConvQkv.Rows rows =
                ShortConvQkv.of(sizes, convSize).of(x, parameters, layout, before, activation, activation);
        NDArray present = layout.occupied().toType(DataType.FLOAT64, false).expandDims(1);
        NDArray logits = Heads.split(parameters.linear("f_proj", x), slots).toType(DataType.FLOAT64, false);
        NDArray logs = Activations.scaled(Activations.logSigmoid(logits), 1 / temperature)
                .mul(present);
        GatedSlots recurrence = new GatedSlots(
                features(rows.q(), parameters),
                features(rows.k(), parameters),
                Heads.split(Activations.silu(rows.v()), sizes.value()),
                logs.exp().neg().add(1).toType(x.getDataType(), false),
                logs);
        return new Projected(
                recurrence,
                rows::kept,
                perHead -> output.apply(Activations.silu(Heads.join(layout.onlyOccupied(perHead))), parameters),
                input.passed());
    }

    private NDArray features(NDArray rows, Parameters parameters) {
        NDArray perHead = Heads.split(rows, sizes.key());
        return featureMap.apply(isLearnt ? parameters.linear(MAP, perHead) : perHead);
    }
}
