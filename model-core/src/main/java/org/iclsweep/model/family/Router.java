package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/** The choice of the experts of each token, and of their shares. */
interface Router {
    /** The experts of N tokens [N, K] (int64), and the factors of their outputs [N, K]. */
    record Routing(NDArray experts, NDArray shares) {}

    /** Number of experts of a token K. */
    int chosen();

    /** The declarations of its parameters, with their names below the feed-forward part's module. */
    List<ParameterSpec> parameters(int hiddenSize);

    /** The routing of normed inputs {@code x} [N, D]. */
    Routing route(NDArray x, Parameters parameters);
}
