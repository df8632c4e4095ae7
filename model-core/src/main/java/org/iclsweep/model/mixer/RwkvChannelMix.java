package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.TokenShift;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The channel mix of RWKV, a feed-forward of x_t and of δ_t, its difference to the row before: W_v f(W_k (x_t + δ_t ⊙
 * μ_k)) (RWKV-7, arXiv:2503.14456), times the receptance σ(W_r (x_t + δ_t ⊙ μ_r)) (RWKV-6, arXiv:2404.05892); b'_x =
 * x_M.
 *
 * @param hiddenSize D
 * @param size number of inner units
 * @param function f
 * @param receptance true for RWKV-6, whose tensors have names of their own
 */
public record RwkvChannelMix(int hiddenSize, int size, Nonlinearity function, boolean receptance)
        implements TokenMixer {
    private String share() {
        return receptance ? "key.mu" : "x_k";
    }

    private String key() {
        return receptance ? "key.linear" : "key";
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(ParameterSpec.tokenShift(share(), new Shape(hiddenSize)));
        parameters.add(ParameterSpec.matrix(key() + ".weight", size, hiddenSize));
        if (receptance) {
            parameters.add(ParameterSpec.tokenShift("receptance.mu", new Shape(hiddenSize)));
            parameters.add(ParameterSpec.matrix("receptance.linear.weight", hiddenSize, hiddenSize));
        }
        parameters.add(ParameterSpec.matrix("value.weight", hiddenSize, size));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(TokenShift.stateTensor(hiddenSize));
    }

    private NDArray output(NDArray x, TokenShift shift, Parameters parameters, SlotLayout layout) {
        NDArray inner = function.apply(parameters.linear(key(), shift.mixed(x, parameters.get(share()))));
        NDArray value = parameters.linear("value", inner);
        if (receptance) {
            NDArray read = shift.mixed(x, parameters.get("receptance.mu"));
            value = Activation.sigmoid(parameters.linear("receptance.linear", read))
                    .mul(value);
        }
        return value.mul(layout.occupied());
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray tokens = layout.onlyOccupied(input.x());
        return input.output(output(tokens, TokenShift.of(tokens, layout, parameters), parameters, layout));
    }

    @Override
    public OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray tokens = layout.onlyOccupied(input.x());
        TokenShift shift = TokenShift.of(tokens, layout, initial);
        List<Map<String, NDArray>> states = IntStream.range(0, layout.segments())
                .mapToObj(segment -> shift.kept(segment, layout))
                .toList();
        return new OutputAndStates(input.output(output(tokens, shift, parameters, layout)), states);
    }
}
