package org.iclsweep.sweep.experiment.grid;

import org.iclsweep.sweep.run.TrialRunnerFactory;

/** Which runner serves which kind of sweep: the place to add one. */
public final class TrialRunners {
    private TrialRunners() {}

    /**
     * The runners of a kind of sweep.
     *
     * @throws UnsupportedOperationException if this version has none
     */
    public static TrialRunnerFactory of(SweepKind kind) {
        if (kind == SweepKind.CONVERSION || kind == SweepKind.META_OPTIMIZER || kind.appendsContexts()) {
            return new DemonstrationTrialRunnerFactory();
        }
        throw new UnsupportedOperationException("sweep.kind: this version does not run " + kind);
    }
}
