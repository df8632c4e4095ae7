package org.iclsweep.sweep.trial;

import ai.djl.Device;
import org.iclsweep.sweep.config.SweepConfiguration;

/**
 * Makes runners of trials that convert, or append, contexts. The engine is started on the task's own thread, by its
 * class loader.
 */
public final class ConversionTrialRunnerFactory implements TrialRunnerFactory {
    @Override
    public TrialRunner create(SweepConfiguration sweep, Slot slot) {
        Device device = device(sweep, slot);
        return sweep.kind().appendsContexts()
                ? new StateTrialRunner(sweep, device, ModelCache.OF_THIS_JVM)
                : new ConversionTrialRunner(sweep, device, ModelCache.OF_THIS_JVM);
    }

    @Override
    public void preflight(SweepConfiguration sweep, Slot slot) {
        NativeLibraries.load(slot.executor());
        device(sweep, slot);
    }

    private static Device device(SweepConfiguration sweep, Slot slot) {
        return TaskDevice.of(sweep.execution().gpu(), slot, NativeLibraries::usableGpus);
    }
}
