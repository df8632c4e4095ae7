package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.ShortConvolution;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * A short convolution between two gates, as LFM2 has it:
 *
 * <pre>
 *   y_t = W_o (c_t ⊙ Σ_{i&lt;K} w_i u_{t−K+1+i}),   u_t = b_t ⊙ x_t,   [b | c | x] = W h
 *   b'_x = the last K − 1 rows of u, oldest first
 * </pre>
 *
 * The state is of those rows alone; the two forms differ in the rows that a slot finds before it.
 *
 * @param hiddenSize D
 * @param taps K
 * @param isBiased true if the projections and the convolution have biases
 */
public record GatedShortConvolution(int hiddenSize, int taps, boolean isBiased) implements TokenMixer {
    private ShortConvolution convolution() {
        return new ShortConvolution("conv", hiddenSize, taps);
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(ParameterSpec.taps("conv.weight", hiddenSize, taps));
        parameters.add(ParameterSpec.matrix("in_proj.weight", 3L * hiddenSize, hiddenSize));
        parameters.add(ParameterSpec.backProjection("out_proj.weight", hiddenSize, hiddenSize));
        if (isBiased) {
            parameters.add(ParameterSpec.tapsBias("conv.bias", hiddenSize));
            parameters.add(ParameterSpec.bias("in_proj.bias", 3L * hiddenSize));
            parameters.add(ParameterSpec.bias("out_proj.bias", hiddenSize));
        }
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return convolution().stateTensors();
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray bcx = parameters.linear("in_proj", input.x());
        return input.output(projectedOut(bcx, extended(bcx, parameters), parameters, layout));
    }

    @Override
    public OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray bcx = parameters.linear("in_proj", input.x());
        NDArray extended = extended(bcx, initial);
        List<Map<String, NDArray>> states = IntStream.range(0, layout.segments())
                .mapToObj(segment -> convolution().kept(extended, segment, layout))
                .toList();
        return new OutputAndStates(input.output(projectedOut(bcx, extended, parameters, layout)), states);
    }

    /** The rows before the sequence, and u [B, K − 1 + T, D]. */
    private NDArray extended(NDArray bcx, Parameters before) {
        return convolution().extended(part(bcx, 0).mul(part(bcx, 2)), before);
    }

    private NDArray projectedOut(NDArray bcx, NDArray extended, Parameters parameters, SlotLayout layout) {
        NDArray convolved = convolution().apply(extended, parameters, layout);
        return parameters.linear("out_proj", layout.onlyOccupied(part(bcx, 1).mul(convolved)));
    }

    private NDArray part(NDArray bcx, long n) {
        return Heads.part(bcx, 2, n * hiddenSize, (n + 1) * hiddenSize);
    }

    @Override
    public boolean advancesByNumber() {
        return true;
    }

    @Override
    public Map<String, NDArray> advance(Map<String, NDArray> state, int[] tokens) {
        String name = convolution().stateTensors().get(0).name();
        return Map.of(name, ShortConvolution.advance(Parameters.of(state).get(name), tokens));
    }
}
