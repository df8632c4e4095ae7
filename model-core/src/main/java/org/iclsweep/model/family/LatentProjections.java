package org.iclsweep.model.family;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;

/** The projections to and from a narrower space that experts read and write; {@code biased} if they have biases. */
record LatentProjections(int size, boolean biased) {
    static final String IN = "fc1_latent_proj";
    static final String OUT = "fc2_latent_proj";

    List<ParameterSpec> parameters(int hiddenSize) {
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(ParameterSpec.matrix(IN + ".weight", size, hiddenSize));
        parameters.add(ParameterSpec.backProjection(OUT + ".weight", hiddenSize, size));
        if (biased) {
            parameters.add(ParameterSpec.bias(IN + ".bias", size));
            parameters.add(ParameterSpec.bias(OUT + ".bias", hiddenSize));
        }
        return parameters;
    }
}
