package org.iclsweep.sweep.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The key {@code execution.gpu}, for every kind of sweep, where libtorch has no GPU. */
class EveryKindDeviceTest {
    private static final Slot GIVEN = new Slot("3", "gpu:0", 1);

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void aGpuIsRequiredPreferredOrLeft(Experiment<?, ?> kind) {
        assertThatThrownBy(() -> device(plan(kind, GpuPolicy.REQUIRE)))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("executor 3 was given GPU 0, but libtorch can use 0 there");
        assertThat(device(plan(kind, GpuPolicy.PREFER)).lack()).isPresent();
        assertThat(device(plan(kind, GpuPolicy.PREFER)).device()).isEqualTo(Device.cpu());
        assertThat(device(plan(kind, GpuPolicy.OFF)).lack()).isEmpty();
    }

    /** A runner that computed on another device than its own would succeed here. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void trialsAreComputedOnTheDeviceThatTheirRunnerIsGiven(Experiment<?, ?> kind) {
        SweepPlan<?, ?> plan = plan(kind, GpuPolicy.PREFER);
        assertThatThrownBy(() -> runFirstBatchOn(Device.gpu(0), plan)).hasMessageMatching("(?is).*\\b(cuda|gpu)\\b.*");
    }

    private static <S extends Serializable, T extends PlannedTrial> List<?> runFirstBatchOn(
            Device device, SweepPlan<S, T> plan) {
        try (TrialRunner<T> runner = plan.experiment().runner(plan.sweep(), device)) {
            return runner.run(plan.trials(plan.batchOf(0)));
        }
    }

    private static <S extends Serializable> TaskDevice device(SweepPlan<S, ?> plan) {
        return plan.experiment().device(plan.sweep(), GIVEN);
    }

    private SweepPlan<?, ?> plan(Experiment<?, ?> kind, GpuPolicy policy) {
        return SmallSweeps.plan(kind, directory, "out", "sweep.execution.gpu=" + Spelling.KEBAB.of(policy));
    }
}
