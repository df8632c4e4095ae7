package org.iclsweep.model.family;

/** A part of a block, h += function(norm(h)); the function's parameters are in {@code module}. */
public record ResidualBranch(Norm norm, String module, BlockFunction function) {
    /** True if {@code tensor} is one of this branch or of its norm. */
    boolean has(String tensor) {
        return tensor.startsWith(module + ".") || tensor.startsWith(norm.module() + ".");
    }
}
