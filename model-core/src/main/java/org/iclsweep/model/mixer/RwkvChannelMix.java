package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.TokenShift;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Parameters;

/** A feed-forward of x_t and of δ_t, its difference to the row before: the state after M tokens is b'_x = x_M. */
sealed interface RwkvChannelMix extends TokenMixer permits Rwkv6ChannelMix, Rwkv7ChannelMix {

    int hiddenSize();

    /** The output [B, T, D] of the occupied rows x [B, T, D]. */
    NDArray output(NDArray x, TokenShift shift, Parameters parameters, SlotLayout layout);

    @Override
    default List<StateTensor> stateTensors() {
        return List.of(TokenShift.stateTensor(hiddenSize()));
    }

    @Override
    default Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray tokens = layout.onlyOccupied(input.x());
        return input.output(output(tokens, TokenShift.of(tokens, layout, parameters), parameters, layout));
    }

    @Override
    default Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray tokens = layout.onlyOccupied(input.x());
        TokenShift shift = TokenShift.of(tokens, layout, initial);
        return new Continuation(input.output(output(tokens, shift, parameters, layout)), shift.states(layout));
    }
}
