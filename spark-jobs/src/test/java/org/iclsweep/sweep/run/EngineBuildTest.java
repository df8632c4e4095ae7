package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class EngineBuildTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
    void theLoadedEngineTellsItsBlasItsInstructionsAndItsThreads() {
        NativeLibraries.load("0");
        assertThat(EngineBuild.ofLoaded()).hasValueSatisfying(build -> {
            assertThat(build.blas()).startsWith("mkl (").contains("Version 20");
            assertThat(build.capability()).isIn("AVX512", "AVX2", "DEFAULT");
            assertThat(build.threads()).isEqualTo(System.getProperty("ai.djl.pytorch.num_threads", build.threads()));
        });
    }

    @Test
    void aBuildThatLeavesPartsOutIsReadAsFarAsItGoes() {
        assertThat(EngineBuild.of("PyTorch built with:\n  - BLAS_INFO=open, x", ""))
                .isEqualTo(new EngineBuild("open", "unknown", "unknown"));
    }
}
