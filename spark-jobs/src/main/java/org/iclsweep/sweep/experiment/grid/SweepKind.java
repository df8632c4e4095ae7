package org.iclsweep.sweep.experiment.grid;

/** What a sweep measures, and so which table it writes: that of its name. */
public enum SweepKind {
    /** Prompts turned into weights: the table {@code trials}. */
    CONVERSION,
    /** What each demonstration of a set does: the table {@code influence}. */
    INFLUENCE,
    /** What the order of a set does: the table {@code order_sensitivity}. */
    ORDER_SENSITIVITY,
    /** The best set and order out of a pool: the table {@code selection}. */
    SELECTION,
    /** In-context learning against fine-tuning: the table {@code meta_optimizer}. */
    META_OPTIMIZER,
    /** How nonlinear transformers learn in context. */
    GENERALIZATION,
    /** Training with and without biases. */
    TRAINING;

    /** Whether there are conversion methods. */
    boolean converts() {
        return this != META_OPTIMIZER;
    }

    /** Whether contexts are appended to states, and nothing is converted but exactly. */
    public boolean appendsContexts() {
        return this == INFLUENCE || searches();
    }

    /** Whether orders or sets are tried, as the block {@code search} says. */
    public boolean searches() {
        return this == ORDER_SENSITIVITY || this == SELECTION;
    }
}
