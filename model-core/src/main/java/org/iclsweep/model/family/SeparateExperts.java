package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * Experts that are feed-forward parts with tensors of their own, {@code experts.0}, {@code experts.1}, ….
 *
 * @param count E
 * @param each the function of every expert, with its own weights
 */
record SeparateExperts(int count, FeedForward each) implements Experts {
    private static String module(int expert) {
        return "experts." + expert;
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        List<ParameterSpec> ofEach = each.parameters(hiddenSize);
        return IntStream.range(0, count)
                .boxed()
                .flatMap(expert -> ofEach.stream().map(one -> one.inPart(module(expert))))
                .toList();
    }

    @Override
    public NDArray apply(int expert, NDArray x, Parameters parameters) {
        return each.apply(x, parameters.in(module(expert)));
    }
}
