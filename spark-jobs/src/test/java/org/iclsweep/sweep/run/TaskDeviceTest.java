package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.iclsweep.sweep.config.GpuPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskDeviceTest {
    private static final VisibleDevices ALL = VisibleDevices.of(null);

    @ParameterizedTest(name = "{0}: given {1}, {2} usable -> {3}")
    @CsvSource({
        "OFF,     gpu:0, 8, cpu",
        "OFF,     cpu,   0, cpu",
        "PREFER,  gpu:0, 1, gpu:0",
        "PREFER,  gpu:5, 8, gpu:5",
        "PREFER,  cpu,   8, cpu",
        "REQUIRE, gpu:7, 8, gpu:7",
    })
    void theGpuThatSparkGaveIsTakenWhereItIsWantedAndUsable(GpuPolicy policy, String given, int usable, String device) {
        TaskDevice chosen = TaskDevice.of(policy, new Slot("3", given, 1), ALL, () -> usable);
        assertThat(chosen.name()).isEqualTo(device);
        assertThat(chosen.lack()).isEmpty();
    }

    @ParameterizedTest(name = "CUDA_VISIBLE_DEVICES={0}, given {1} -> {2}")
    @CsvSource({
        "'2,3',                     gpu:3,      gpu:1",
        "'3, 2',                    gpu:3,      gpu:0",
        "'GPU-8a,GPU-1b',           gpu:GPU-1b, gpu:1",
        "'MIG-c6',                  gpu:MIG-c6, gpu:0",
        "'MIG-GPU-1b/3/0',          gpu:MIG-GPU-1b/3/0, gpu:0",
    })
    void anAddressIsTheGpuAtItsPlaceInTheVariable(String variable, String given, String device) {
        TaskDevice chosen =
                TaskDevice.of(GpuPolicy.REQUIRE, new Slot("3", given, 1), VisibleDevices.of(variable), () -> 2);
        assertThat(chosen.name()).isEqualTo(device);
    }

    @ParameterizedTest(name = "CUDA_VISIBLE_DEVICES={0}, given {1}, {2} usable")
    @CsvSource(
            emptyValue = "",
            value = {
                "      , gpu:1,      1, 'GPU 1, but libtorch can use 1 there (CUDA_VISIBLE_DEVICES not set)'",
                "      , gpu:0,      0, 'GPU 0, but libtorch can use 0 there'",
                "'2,3' , gpu:0,      2, 'GPU 0, but its process is shown no such GPU (CUDA_VISIBLE_DEVICES=2,3)'",
                "'0,-1,1', gpu:1,    2, 'GPU 1, but its process is shown no such GPU (CUDA_VISIBLE_DEVICES=0)'",
                "''    , gpu:0,      0, 'shown no such GPU (CUDA_VISIBLE_DEVICES=)'",
                "MIG-a , gpu:MIG-b,  1, 'of a divided GPU one instance for each executor'",
                "'MIG-a,MIG-b', gpu:MIG-b, 1, 'GPU MIG-b, but libtorch can use 1 there'",
            })
    void anAddressTooManyIsToldAndComputedOnTheCpuOrEndsASweepThatRequiresIt(
            @Nullable String variable, String given, int usable, String why) {
        Slot slot = new Slot("3", given, 1);
        VisibleDevices visible = VisibleDevices.of(variable);
        TaskDevice chosen = TaskDevice.of(GpuPolicy.PREFER, slot, visible, () -> usable);
        assertThat(chosen.device()).isEqualTo(Device.cpu());
        assertThat(chosen.lack().orElseThrow())
                .startsWith("executor 3 was given ")
                .contains(why);
        assertThatThrownBy(() -> TaskDevice.of(GpuPolicy.REQUIRE, slot, visible, () -> usable))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aRequiredGpuThatWasNotGivenIsSaidWithTheSettings() {
        assertThatThrownBy(() -> TaskDevice.of(GpuPolicy.REQUIRE, new Slot("3", "cpu", 1), ALL, () -> 8))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("sweep.execution.gpu = require: executor 3 was given no GPU")
                .hasMessageContaining("spark.executor.resource.gpu.amount");
    }

    @Test
    void libtorchIsNotAskedWhereNoGpuIsWanted() {
        TaskDevice chosen = TaskDevice.of(GpuPolicy.OFF, new Slot("3", "gpu:0", 1), ALL, () -> {
            throw new AssertionError("asked");
        });
        assertThat(chosen.device()).isEqualTo(Device.cpu());
    }

    @Test
    void aLibtorchForTheCpuHasNoUsableGpus() {
        NativeLibraries.load("3");
        assertThat(NativeLibraries.usableGpus()).isZero();
    }
}
