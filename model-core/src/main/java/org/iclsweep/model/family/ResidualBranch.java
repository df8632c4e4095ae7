package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Parameters;

/**
 * A part of a block, h += c after(function(a before(h))); the function's parameters are in {@code module}.
 *
 * @param before norm of the function's input; empty for none
 * @param after norm of the function's output; empty for none
 * @param inputFactor a
 * @param outputFactor c
 * @param shared the module of weights that an earlier branch has, too; empty for none
 * @param isBeside true if it reads the stream that the branch before it read, after the same norm
 */
public record ResidualBranch(
        Optional<Norm> before,
        String module,
        BlockFunction function,
        Optional<Norm> after,
        double inputFactor,
        double outputFactor,
        Optional<String> shared,
        boolean isBeside) {
    ResidualBranch(Norm before, String module, BlockFunction function) {
        this(Optional.of(before), module, function, Optional.empty());
    }

    ResidualBranch(Optional<Norm> before, String module, BlockFunction function, Optional<Norm> after) {
        this(before, module, function, after, 1, 1, Optional.empty(), false);
    }

    /** The same with the factors a and c. */
    ResidualBranch scaled(double a, double c) {
        return new ResidualBranch(before, module, function, after, a, c, shared, isBeside);
    }

    /** The same with the weights that it does not have itself in {@code other}. */
    ResidualBranch sharing(String other) {
        return new ResidualBranch(
                before, module, function, after, inputFactor, outputFactor, Optional.of(other), isBeside);
    }

    /** The same beside the branch before it. */
    ResidualBranch beside() {
        return new ResidualBranch(before, module, function, after, inputFactor, outputFactor, shared, true);
    }

    /** The norms before and after the function, without that of the branch that it is beside. */
    Stream<Norm> norms() {
        return Stream.concat(isBeside ? Stream.empty() : before.stream(), after.stream());
    }

    /** The function's input of the stream {@code hidden} [B, T, D]. */
    public NDArray normed(NDArray hidden, Parameters model) {
        return before.map(norm -> norm.apply(hidden, model)).orElse(hidden);
    }

    /** True if {@code tensor} is one of this branch or of its norms. */
    boolean has(String tensor) {
        return tensor.startsWith(module + ".") || norms().anyMatch(own -> tensor.startsWith(own.module() + "."));
    }
}
