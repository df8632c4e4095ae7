package org.iclsweep.sweep.experiment.grid;

import ai.djl.Device;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.conversion.ConversionTrialRunner;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerTrialRunner;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.NativeLibraries;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.TrialRunnerFactory;

/**
 * Makes runners of trials of demonstration sets. The engine is started on the task's own thread, by its class loader.
 */
public final class DemonstrationTrialRunnerFactory implements TrialRunnerFactory {
    @Override
    public TrialRunner create(SweepConfiguration sweep, Slot slot) {
        Device device = device(sweep, slot);
        return switch (sweep.kind()) {
            case CONVERSION -> new ConversionTrialRunner(sweep, device, ModelCache.OF_THIS_JVM);
            case META_OPTIMIZER -> new MetaOptimizerTrialRunner(sweep, device, ModelCache.OF_THIS_JVM);
            default -> new StateTrialRunner(sweep, device, ModelCache.OF_THIS_JVM);
        };
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
