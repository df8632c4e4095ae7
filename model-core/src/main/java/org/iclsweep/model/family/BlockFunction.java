package org.iclsweep.model.family;

import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;

/** The function of a residual branch: a token mixer, or one of each token alone. */
public sealed interface BlockFunction permits Mixing, FeedForward {
    /** The declarations of its parameters, with their names below its module. */
    List<ParameterSpec> parameters(int hiddenSize);
}
