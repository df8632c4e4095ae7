package org.iclsweep.sweep.experiment.training;

import org.jspecify.annotations.Nullable;

/**
 * The result of a trained model on something that it was not trained on.
 *
 * @param of {@code windows} or {@code repeated} of held-out text, or a task's name
 * @param context tokens of a window, or demonstrations
 * @param loss mean cross-entropy, in nats per token; null for a task
 * @param accuracy the part of tokens or queries that were right
 */
public record EvaluatedPoint(
        String of, long context, @Nullable Double loss, double accuracy) {}
