package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Parameters;

/**
 * A part of a block, h ← skip(h) + c after(function(a before(h))); the function's parameters are in {@code module}.
 *
 * @param before norm of the function's input; empty for none
 * @param after norm of the function's output; empty for none
 * @param inputFactor a
 * @param outputFactor c
 * @param shared the module of weights that other branches read, too; empty for none
 * @param isBeside true if it reads the stream that the branch before it read, after the same norm
 * @param skip the stream that its output is added to; for branches beside each other, that of the first
 */
public record ResidualBranch(
        Optional<Norm> before,
        String module,
        BlockFunction function,
        Optional<Norm> after,
        double inputFactor,
        double outputFactor,
        Optional<String> shared,
        boolean isBeside,
        Skip skip) {
    /**
     * The stream that an output is added to, α h or α before(h).
     *
     * @param isNormed true if it is the function's input
     * @param factor α
     */
    record Skip(boolean isNormed, double factor) {
        /** h. */
        static final Skip STREAM = new Skip(false, 1);
    }

    ResidualBranch(Norm before, String module, BlockFunction function) {
        this(Optional.of(before), module, function, Optional.empty());
    }

    ResidualBranch(Optional<Norm> before, String module, BlockFunction function, Optional<Norm> after) {
        this(before, module, function, after, 1, 1, Optional.empty(), false, Skip.STREAM);
    }

    /** The same with the factors a and c. */
    ResidualBranch scaled(double a, double c) {
        return new ResidualBranch(before, module, function, after, a, c, shared, isBeside, skip);
    }

    /** The same with the weights that it does not have itself in {@code other}. */
    ResidualBranch sharing(String other) {
        return new ResidualBranch(
                before, module, function, after, inputFactor, outputFactor, Optional.of(other), isBeside, skip);
    }

    /** The same beside the branch before it. */
    ResidualBranch beside() {
        return new ResidualBranch(before, module, function, after, inputFactor, outputFactor, shared, true, skip);
    }

    /** The same with an output that is added to another stream. */
    ResidualBranch with(Skip other) {
        return new ResidualBranch(before, module, function, after, inputFactor, outputFactor, shared, isBeside, other);
    }

    /** The norms before and after the function, without that of the branch that it is beside. */
    Stream<Norm> norms() {
        return Stream.concat(isBeside ? Stream.empty() : before.stream(), after.stream());
    }

    /** The function's input of the stream {@code hidden} [B, T, D]. */
    public NDArray normed(NDArray hidden, Parameters model) {
        return before.map(norm -> norm.apply(hidden, model)).orElse(hidden);
    }

    /** The stream that outputs are added to, of {@code hidden} [B, T, D] and the {@code normed} one. */
    public NDArray skipped(NDArray hidden, NDArray normed) {
        NDArray stream = skip.isNormed() ? normed : hidden;
        return skip.factor() == 1 ? stream : Activations.scaled(stream, skip.factor());
    }

    /** True if {@code tensor} is one of this branch or of its norms. */
    boolean has(String tensor) {
        return tensor.startsWith(module + ".") || norms().anyMatch(own -> tensor.startsWith(own.module() + "."));
    }
}
