package org.iclsweep.model.kernel;

/**
 * The assumptions under which a context is a finite set of biases, exactly (arXiv:2406.02847, section 4.3). The
 * recurrent families fulfil them in the same sense: their state is finite, updated affinely, and knows no positions.
 */
public enum Assumption {
    /** 4.2: a token is not affected by those after it. */
    AUTOREGRESSIVE,
    /** 4.3: what one token takes from another depends on their distance, not on their positions. */
    RELATIVE_POSITIONS,
    /** 4.4: what the context adds to a query's sums does not depend on the query, and is of fixed size. */
    SEPARABLE_NORMALISER;

    /** An assumption that a model breaks, the part that breaks it, and the methods that are left. */
    public record Broken(Assumption assumption, String why, String instead) {}
}
