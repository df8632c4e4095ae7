package org.iclsweep.sweep.config;

/** What a sweep measures, and so which table it writes. */
public enum SweepKind {
    /** Prompts turned into weights: the table {@code trials}. */
    CONVERSION,
    /** In-context learning against fine-tuning. */
    META_OPTIMIZER,
    /** How nonlinear transformers learn in context. */
    GENERALIZATION,
    /** Training with and without biases. */
    TRAINING
}
