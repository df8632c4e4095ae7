package org.iclsweep.sweep.trial;

import ai.djl.Device;
import org.iclsweep.sweep.config.SweepConfiguration;

/** Makes runners of conversion trials. The engine is started on the task's own thread, by its class loader. */
public final class ConversionTrialRunnerFactory implements TrialRunnerFactory {
    @Override
    public TrialRunner create(SweepConfiguration sweep, Slot slot) {
        return new ConversionTrialRunner(sweep, device(sweep, slot), ModelCache.OF_THIS_JVM);
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
