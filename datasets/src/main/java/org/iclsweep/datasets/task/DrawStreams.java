package org.iclsweep.datasets.task;

import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * The independent random streams of one draw. That each part has its own makes queries independent of the number of
 * demonstrations, and a longer draw an extension of a shorter one.
 *
 * @param latent the draw's latent variables: class means, weights, the chosen classes
 * @param classes the demonstrations' classes
 * @param demonstrations everything else of the demonstrations
 * @param queries everything of the queries
 */
record DrawStreams(RandomStream latent, RandomStream classes, RandomStream demonstrations, RandomStream queries) {
    static DrawStreams of(long seed) {
        return new DrawStreams(
                RandomStream.of(seed, 1), RandomStream.of(seed, 2), RandomStream.of(seed, 3), RandomStream.of(seed, 4));
    }
}
