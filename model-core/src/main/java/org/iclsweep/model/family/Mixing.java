package org.iclsweep.model.family;

import java.util.List;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.ProjectionStart;

/** A token mixer in a block, and the start of its projections in a training. */
public record Mixing(TokenMixer mixer, ProjectionStart start) implements BlockFunction {
    /** A mixer whose keys start as its queries do. */
    Mixing(TokenMixer mixer) {
        this(mixer, ProjectionStart.KEYS_AS_QUERIES);
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return mixer.parameters(start);
    }
}
