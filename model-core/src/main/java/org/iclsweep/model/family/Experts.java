package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/** The functions that a router chooses from. */
interface Experts {
    /** Their number E. */
    int count();

    /** The declarations of their parameters, with their names below the feed-forward part's module. */
    List<ParameterSpec> parameters(int hiddenSize);

    /** The outputs [n, D] of one expert for its tokens {@code x} [n, D]. */
    NDArray apply(int expert, NDArray x, Parameters parameters);
}
