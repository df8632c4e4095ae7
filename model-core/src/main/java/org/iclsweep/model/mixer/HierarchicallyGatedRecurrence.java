package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.model.kernel.SelectiveScan;
import org.iclsweep.model.kernel.ShortConvolution;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The hierarchically gated recurrence (HGRN, arXiv:2311.04823), a state h of one number per channel [C]:
 *
 * <pre>
 *   h_t = α_t ⊙ h_{t−1} + (1 − α_t) ⊙ silu(W_i x_t),   o_t = W_o (h_t / √(mean(h_t²) + ε) ⊙ w ⊙ silu(W_g x_t))
 *   b'_KV = h_M from h_0 = b_KV [1, 1, C], and the rows of the convolutions
 * </pre>
 *
 * The recurrence is the {@link SelectiveScan} of one entry for each channel, with steps log α.
 *
 * @param hiddenSize D
 * @param inner C
 * @param convSize taps of the short convolutions on W_i x and on the gate's logits, without activation; 0 for none
 * @param gate α
 * @param isWeighted true if there is a w
 * @param epsilon ε
 */
public record HierarchicallyGatedRecurrence(
        int hiddenSize, int inner, int convSize, BoundedForgetGate gate, boolean isWeighted, double epsilon)
        implements RecurrentMixer {
    private static final String INPUT = "i";
    private static final String FORGET = "f";

    private ShortConvolution convolution(String side) {
        return new ShortConvolution(side + "_conv1d", inner, convSize);
    }

    private Stream<ShortConvolution> convolutions() {
        return convSize > 0 ? Stream.of(INPUT, FORGET).map(this::convolution) : Stream.empty();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        for (String side : List.of(INPUT, FORGET, "g")) {
            parameters.add(ParameterSpec.matrix(side + "_proj.weight", inner, hiddenSize));
        }
        convolutions().forEach(one -> parameters.add(ParameterSpec.taps(one.module() + ".weight", inner, convSize)));
        if (isWeighted) {
            parameters.add(ParameterSpec.scale("g_norm.weight", inner));
        }
        parameters.add(start.output(hiddenSize, inner));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        List<StateTensor> tensors = new ArrayList<>();
        tensors.add(StateTensor.keyValueSum(1, 1, inner));
        convolutions().forEach(one -> tensors.addAll(one.stateTensors()));
        return tensors;
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        Map<ShortConvolution, NDArray> convolved = new LinkedHashMap<>();
        NDArray rows = rows(INPUT, x, parameters, layout, before, convolved);
        BoundedForgetGate.Gate forget =
                gate.of(rows(FORGET, x, parameters, layout, before, convolved), parameters, layout);
        NDArray written = Activations.silu(rows).mul(forget.input()).expandDims(1);
        return new Projected(
                SelectiveScan.ofChannels(written, forget.log().expandDims(1)),
                (segment, chunks) -> {
                    Map<String, NDArray> kept = new LinkedHashMap<>();
                    convolved.forEach((one, extended) -> kept.putAll(one.kept(extended, segment, chunks)));
                    return kept;
                },
                outputs -> projectedOut(outputs.squeeze(1), x, parameters, layout),
                input.passed());
    }

    private NDArray rows(
            String side,
            NDArray x,
            Parameters parameters,
            SlotLayout layout,
            Parameters before,
            Map<ShortConvolution, NDArray> convolved) {
        NDArray u = parameters.linear(side + "_proj", x);
        if (convSize == 0) {
            return u;
        }
        ShortConvolution convolution = convolution(side);
        NDArray extended = convolution.extended(u, before);
        convolved.put(convolution, extended);
        return convolution.apply(extended, parameters, layout);
    }

    private NDArray projectedOut(NDArray h, NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray weight = isWeighted ? parameters.get("g_norm.weight") : null;
        NDArray normed = Norms.rms(layout.onlyOccupied(h), weight, epsilon);
        return parameters.linear("o_proj", normed.mul(Activations.silu(parameters.linear("g_proj", x))));
    }
}
