package org.iclsweep.model.training;

/**
 * A training with the text of its configuration.
 *
 * @param text the resolved configuration, which is written beside the checkpoint and identifies the state on disk
 */
public record ResolvedTraining(TrainingConfiguration configuration, String text) {}
