package org.iclsweep.model.training;

import java.io.Serializable;
import java.nio.file.Path;

/**
 * A training with the text of its configuration.
 *
 * @param text the resolved configuration, which is written beside the checkpoint and identifies the state on disk
 */
public record ResolvedTraining(TrainingConfiguration configuration, String text) implements Serializable {
    /** The same training with another seed, whose checkpoint goes to {@code output}. */
    public ResolvedTraining with(long seed, Path output) {
        return new ResolvedTraining(configuration.with(seed, output), text);
    }

    /** The same training with another number of steps; its text is that of the whole training. */
    public ResolvedTraining withSteps(int steps) {
        return new ResolvedTraining(configuration.withSteps(steps), text);
    }
}
