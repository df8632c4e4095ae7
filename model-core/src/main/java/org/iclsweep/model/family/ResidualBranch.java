package org.iclsweep.model.family;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * A part of a block, h += after(function(norm(h))); the function's parameters are in {@code module}.
 *
 * @param after norm of the function's output; empty for none
 */
public record ResidualBranch(Norm norm, String module, BlockFunction function, Optional<Norm> after) {
    ResidualBranch(Norm norm, String module, BlockFunction function) {
        this(norm, module, function, Optional.empty());
    }

    /** The norms before and after the function. */
    Stream<Norm> norms() {
        return Stream.concat(Stream.of(norm), after.stream());
    }

    /** True if {@code tensor} is one of this branch or of its norms. */
    boolean has(String tensor) {
        return tensor.startsWith(module + ".") || norms().anyMatch(own -> tensor.startsWith(own.module() + "."));
    }
}
