package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuSetupTest {
    @ParameterizedTest(name = "{0} by the driver, CUDA {1}, libcudart {2}, {3} usable")
    @CsvSource({
        "0, false, false, 0, ",
        "2, true,  true,  2, ",
        "0, true,  true,  0, 'the driver lists no GPU: install the driver, or start the container with its GPUs'",
        "1, false, false, 0, 'set PYTORCH_LIBRARY_PATH to the torch/lib of torch 2.7.1 for CUDA, as conf/spark/Dockerfile.gpu does'",
        "1, true,  false, 0, 'libcudart.so is not found: add the lib of CUDA''s runtime to LD_LIBRARY_PATH'",
        "1, true,  true,  0, 'none of the driver''s 1 GPUs: look at CUDA_VISIBLE_DEVICES=-1'",
    })
    void theFirstPartThatIsMissingIsNamed(
            int driver, boolean cuda, boolean cudart, int usable, @Nullable String remedy) {
        GpuSetup setup = new GpuSetup(
                driver, cuda, cudart, new TreeSet<>(List.of("cpu", "cu128")), "CUDA_VISIBLE_DEVICES=-1", usable);
        assertThat(setup.lack().isPresent()).isEqualTo(remedy != null);
        setup.lack()
                .ifPresent(lack -> assertThat(lack.replace("NVIDIA's", "the")).contains(remedy));
    }

    @Test
    void theNativeInterfaceOfTheBuildHasAVariantForCuda() {
        assertThat(GpuSetup.flavoursOnClassPath()).contains("cpu", "cu128");
        assertThat(NativeLibraries.torchOfInterface()).isEqualTo("2.7.1");
    }

    @Test
    void theGpusOfTheDriverAreThoseOfItsListAndNotTheInstancesOfADividedOne() {
        assertThat(GpuSetup.driverGpusOf(
                        "GPU 0: A (UUID: GPU-a)\n  MIG 1g.5gb Device 0: (UUID: MIG-b)\nGPU 1: A (UUID: GPU-c)"))
                .isEqualTo(2);
        assertThat(GpuSetup.driverGpusOf("No devices were found")).isZero();
    }

    @Test
    void aLibtorchByItsPathThatCannotBeLoadedIsToldFromTheBundledOne() {
        Exception other = new IllegalStateException("undefined symbol");
        assertThat(NativeLibraries.remedy(null, other)).contains("DJL_CACHE_DIR");
        assertThat(NativeLibraries.remedy("/opt/torch/lib", other))
                .isEqualTo(
                        "PYTORCH_LIBRARY_PATH=/opt/torch/lib must have libtorch 2.7.1, and PYTORCH_FLAVOR one of [cpu, cu128]");
        Exception driver = new IllegalStateException("libcuda.so.1: cannot open shared object file");
        assertThat(NativeLibraries.remedy("/opt/torch/lib", driver))
                .isEqualTo(
                        "NVIDIA's driver is not here: without PYTORCH_LIBRARY_PATH=/opt/torch/lib the libtorch for the CPU is taken");
    }
}
