package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The environment of this process, as native code reads it. */
class VisibleDevicesTest {
    @BeforeEach
    @AfterEach
    void showAllGpus() {
        assumeTrue(System.getenv(VisibleDevices.VARIABLE) == null, "CUDA_VISIBLE_DEVICES is set here");
        Function unset = NativeLibrary.getInstance("c").getFunction("unsetenv");
        unset.invokeInt(new Object[] {VisibleDevices.VARIABLE});
    }

    @Test
    void anInstanceOfADividedGpuThatAProcessWasGivenIsTheOneThatCudaShowsIt() {
        assertThat(VisibleDevices.taking("MIG-a").named()).isEqualTo(List.of("MIG-a"));
        assertThat(VisibleDevices.taking("MIG-a").index("MIG-a")).hasValue(0);
        assertThat(VisibleDevices.taking("MIG-b").index("MIG-b"))
                .as("a second one")
                .isEmpty();
    }

    @Test
    void aWholeGpuLeavesTheOthersInSight() {
        assertThat(VisibleDevices.taking("3").named()).isNull();
        assertThat(VisibleDevices.taking("3").index("3")).hasValue(3);
    }
}
