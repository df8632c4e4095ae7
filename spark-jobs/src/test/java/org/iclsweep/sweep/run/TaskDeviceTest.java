package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.iclsweep.sweep.config.GpuPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskDeviceTest {
    @ParameterizedTest(name = "{0}: given {1}, {2} usable -> {3}")
    @CsvSource({
        "OFF,     gpu:0, 8, cpu",
        "OFF,     cpu,   0, cpu",
        "PREFER,  gpu:0, 1, gpu:0",
        "PREFER,  gpu:5, 8, gpu:5",
        "PREFER,  gpu:1, 1, cpu",
        "PREFER,  gpu:0, 0, cpu",
        "PREFER,  cpu,   8, cpu",
        "REQUIRE, gpu:7, 8, gpu:7",
    })
    void theGpuThatSparkGaveIsTakenWhereItIsWantedAndUsable(GpuPolicy policy, String given, int usable, String device) {
        Device chosen = TaskDevice.of(policy, new Slot("3", given, 1), () -> usable);
        assertThat(TaskDevice.name(chosen)).isEqualTo(device);
    }

    @Test
    void aRequiredGpuThatWasNotGivenIsSaidWithTheSettings() {
        assertThatThrownBy(() -> TaskDevice.of(GpuPolicy.REQUIRE, new Slot("3", "cpu", 1), () -> 8))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("sweep.execution.gpu = require: executor 3 was given no GPU")
                .hasMessageContaining("spark.executor.resource.gpu.amount");
    }

    @Test
    void aRequiredGpuThatLibtorchCannotUseIsSaidWithBothNumbers() {
        assertThatThrownBy(() -> TaskDevice.of(GpuPolicy.REQUIRE, new Slot("3", "gpu:2", 1), () -> 2))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("executor 3 was given GPU 2, but libtorch can use 2 there");
    }

    @Test
    void anAddressThatIsNoIndexIsNotGuessedAt() {
        assertThatThrownBy(() -> TaskDevice.of(GpuPolicy.PREFER, new Slot("3", "gpu:MIG-4f", 1), () -> 8))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("\"MIG-4f\"")
                .hasMessageContaining("conf/spark/gpu-discovery");
    }

    @Test
    void libtorchIsNotAskedWhereNoGpuIsWanted() {
        Device chosen = TaskDevice.of(GpuPolicy.OFF, new Slot("3", "gpu:0", 1), () -> {
            throw new AssertionError("asked");
        });
        assertThat(chosen).isEqualTo(Device.cpu());
    }

    @Test
    void aLibtorchForTheCpuHasNoUsableGpus() {
        assertThat(NativeLibraries.usableGpus()).isZero();
    }
}
