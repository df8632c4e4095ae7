package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.iclsweep.model.kernel.CrossLayerValues;
import org.iclsweep.model.kernel.Recurrence;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Parameters;

/** A mixer around one {@link Recurrence}, whose state is {@code b_kv}, and the rows that the next tokens read. */
interface RecurrentMixer extends TokenMixer {
    /** The rows that are kept at the end of a segment, by the names of their state tensors. */
    interface Kept {
        Map<String, NDArray> at(int segment, ChunkedLayout layout);
    }

    /**
     * The projections of a batch, token by token.
     *
     * @param recurrence over the inputs of the heads
     * @param output the mixer's outputs [B, T, D] of the heads' [B, H, T, dv]
     * @param passed values for later layers
     */
    record Projected(Recurrence recurrence, Kept kept, UnaryOperator<NDArray> output, CrossLayerValues passed) {
        private Output output(NDArray perHead) {
            return new Output(output.apply(perHead), passed);
        }
    }

    /** The projections of {@code input}, whose first tokens read the rows of {@code before}. */
    Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before);

    @Override
    default Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        Projected p = projected(input, parameters, layout, parameters);
        return p.output(p.recurrence().uninterrupted(parameters.find("b_kv"), layout));
    }

    @Override
    default OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        Projected p = projected(input, parameters, layout, initial);
        Recurrence.Scanned scanned = p.recurrence().chunked(initial.get("b_kv"), layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (NDArray sum : scanned.states()) {
            Map<String, NDArray> state = new LinkedHashMap<>();
            state.put("b_kv", sum);
            state.putAll(p.kept().at(states.size(), layout));
            states.add(state);
        }
        return new OutputAndStates(p.output(scanned.outputs()), states);
    }
}
