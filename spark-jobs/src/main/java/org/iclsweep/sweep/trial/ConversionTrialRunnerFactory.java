package org.iclsweep.sweep.trial;

import ai.djl.Device;
import ai.djl.engine.Engine;
import org.iclsweep.sweep.config.SweepConfiguration;

/**
 * Makes runners of trials that convert, or append, contexts. The engine is started on the task's own thread, by its
 * class loader.
 */
public final class ConversionTrialRunnerFactory implements TrialRunnerFactory {
    @Override
    public TrialRunner create(SweepConfiguration sweep, Slot slot) {
        return sweep.kind().appendsContexts()
                ? new StateTrialRunner(sweep, device(slot), ModelCache.OF_THIS_JVM)
                : new ConversionTrialRunner(sweep, device(slot), ModelCache.OF_THIS_JVM);
    }

    @Override
    public void preflight(SweepConfiguration sweep, Slot slot) {
        try {
            Engine.getEngine("PyTorch").newBaseManager().close();
        } catch (RuntimeException | LinkageError e) {
            throw new UnfitMachineException(
                    "the native library libtorch cannot be loaded on executor " + slot.executor() + ": " + e
                            + "; `icl-sweep doctor` says what is missing",
                    e);
        }
    }

    private static Device device(Slot slot) {
        return slot.device().startsWith("gpu:")
                ? Device.gpu(Integer.parseInt(slot.device().substring("gpu:".length())))
                : Device.cpu();
    }
}
