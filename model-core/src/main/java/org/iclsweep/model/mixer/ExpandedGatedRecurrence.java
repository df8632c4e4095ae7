package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.DiagonalRecurrence;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.ShortConvolution;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The gated recurrence with an expanded state (HGRN2, arXiv:2404.07904), per head with state S [dk, dv]:
 *
 * <pre>
 *   S_t = diag(α_t) S_{t−1} + (1 − α_t) (W_i x_t)ᵀ,   y_t = dk^{−½} silu(W_q x_t)ᵀ S_t,   o_t = W_o norm(y_t)
 *   b'_KV = S_M from S_0 = b_KV, and the rows of the convolutions
 * </pre>
 *
 * @param sizes of the heads, as many of keys as of queries
 * @param convSize taps of the short convolutions on q, f and i, without activation; 0 for none
 * @param gate α
 * @param output the norm over all heads, and the projection back
 */
public record ExpandedGatedRecurrence(HeadSizes sizes, int convSize, BoundedForgetGate gate, JoinedOutput output)
        implements RecurrentMixer {
    private static final List<String> SIDES = List.of("q", "f", "i");

    private long channels(String side) {
        return (long) sizes.heads() * (side.equals("i") ? sizes.value() : sizes.key());
    }

    private ShortConvolution convolution(String side) {
        return new ShortConvolution(side + "_conv1d", channels(side), convSize);
    }

    @Override
    public int heads() {
        return sizes.heads();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        for (String side : SIDES) {
            parameters.add(ParameterSpec.matrix(side + "_proj.weight", channels(side), sizes.hiddenSize()));
            if (convSize > 0) {
                parameters.add(ParameterSpec.taps(convolution(side).module() + ".weight", channels(side), convSize));
            }
        }
        parameters.addAll(output.parameters(start, sizes.hiddenSize(), channels("i")));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        List<StateTensor> tensors = new ArrayList<>();
        tensors.add(StateTensor.keyValueSum(sizes.heads(), sizes.key(), sizes.value()));
        if (convSize > 0) {
            SIDES.forEach(side -> tensors.addAll(convolution(side).stateTensors()));
        }
        return tensors;
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        Map<String, NDArray> rows = new LinkedHashMap<>();
        Map<ShortConvolution, NDArray> convolved = new LinkedHashMap<>();
        for (String side : SIDES) {
            NDArray u = parameters.linear(side + "_proj", x);
            if (convSize > 0) {
                ShortConvolution convolution = convolution(side);
                NDArray extended = convolution.extended(u, before);
                convolved.put(convolution, extended);
                u = convolution.apply(extended, parameters, layout);
            }
            rows.put(side, u);
        }
        Parameters all = Parameters.of(rows);
        BoundedForgetGate.Gate forget = gate.of(all.get("f"), parameters, layout);
        NDArray queries = Activations.scaled(Activations.silu(all.get("q")), 1 / Math.sqrt(sizes.key()));
        DiagonalRecurrence recurrence = new DiagonalRecurrence(
                Heads.split(queries, sizes.key()),
                Heads.split(forget.input(), sizes.key()),
                Heads.split(layout.onlyOccupied(all.get("i")), sizes.value()),
                Heads.split(forget.log(), sizes.key()),
                null);
        return new Projected(
                recurrence,
                (segment, chunks) -> {
                    Map<String, NDArray> kept = new LinkedHashMap<>();
                    convolved.forEach((one, extended) -> kept.putAll(one.kept(extended, segment, chunks)));
                    return kept;
                },
                perHead -> output.apply(Heads.join(layout.onlyOccupied(perHead)), parameters),
                input.passed());
    }
}
