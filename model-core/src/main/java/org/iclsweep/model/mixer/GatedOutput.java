package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The end of a mixer, W_o (norm(o) ⊙ g(W_g x)): an RMS norm of each head, a gate and the projection back.
 *
 * @param gate g, empty for no gate
 * @param norm name of the norm's tensor [dv], empty for a norm without one
 * @param epsilon ε of the norm
 * @param map W_g
 * @param back module of W_o
 */
public record GatedOutput(
        Optional<Nonlinearity> gate, Optional<String> norm, double epsilon, InputMap map, String back) {
    /** The maps by their usual names, {@code g_proj} and {@code o_proj}. */
    public GatedOutput(Optional<Nonlinearity> gate, Optional<String> norm, double epsilon) {
        this(gate, norm, epsilon, InputMap.of("g_proj"), "o_proj");
    }

    /** The declarations for heads of {@code sizes}. */
    List<ParameterSpec> parameters(ProjectionStart start, HeadSizes sizes) {
        long channels = (long) sizes.heads() * sizes.value();
        List<ParameterSpec> parameters = new ArrayList<>();
        if (gate.isPresent()) {
            parameters.addAll(map.parameters(channels, sizes.hiddenSize()));
        }
        norm.ifPresent(name -> parameters.add(ParameterSpec.scale(name, sizes.value())));
        parameters.add(start.output(sizes.hiddenSize(), channels).renamed(back + ".weight"));
        return parameters;
    }

    /** Outputs [B, T, D] of the heads' outputs [B, H, T, dv] and the mixer's inputs x [B, T, D]. */
    NDArray apply(NDArray perHead, NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray normed = Norms.rms(perHead, norm.map(parameters::get).orElse(null), epsilon);
        NDArray rows = Heads.join(layout.onlyOccupied(normed));
        return parameters.linear(
                back, gate.map(g -> rows.mul(g.apply(map.apply(x, parameters)))).orElse(rows));
    }
}
