package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The end of a mixer, W_o (y / √(mean(y²) + 10⁻⁵) ⊙ w) with the mean over all heads together. ε is
 * flash-linear-attention's whatever its configurations have: the fused norm and projection is not given another.
 *
 * @param isWeighted true if there is a w
 */
public record JoinedOutput(boolean isWeighted) {
    private static final double EPSILON = 1e-5;
    private static final String NORM = "g_norm.weight";

    List<ParameterSpec> parameters(ProjectionStart start, int hiddenSize, long channels) {
        ParameterSpec back = start.output(hiddenSize, channels);
        return (isWeighted ? Stream.of(ParameterSpec.scale(NORM, channels), back) : Stream.of(back)).toList();
    }

    /** Outputs [B, T, D] of the heads' {@code rows} [B, T, H dv]. */
    NDArray apply(NDArray rows, Parameters parameters) {
        return parameters.linear("o_proj", Norms.rms(rows, isWeighted ? parameters.get(NORM) : null, EPSILON));
    }
}
