package org.iclsweep.model.training;

/** Where training batches come from. */
@FunctionalInterface
public interface EpisodeSource {
    /** The batch of {@code step}: a pure function of it, so that a resumed run goes on with the same data. */
    TrainingBatch batch(long step);
}
