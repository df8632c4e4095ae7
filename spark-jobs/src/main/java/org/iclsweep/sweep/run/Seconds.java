package org.iclsweep.sweep.run;

import org.jspecify.annotations.Nullable;

/**
 * The wall time of a batch, divided evenly among its trials, in seconds.
 *
 * @param prompted null where the prompted runs were left out
 */
public record Seconds(double convert, @Nullable Double prompted, double converted) {
    public static final Seconds NONE = new Seconds(0, 0.0, 0);
}
