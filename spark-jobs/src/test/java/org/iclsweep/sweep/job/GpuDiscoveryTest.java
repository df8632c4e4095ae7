package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shipped discovery script before a {@code nvidia-smi -L} that is none. */
class GpuDiscoveryTest {
    /** Two GPUs and one that is divided into two MIG instances. */
    private static final String DIVIDED = """
            GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-0a)
            GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-1b)
              MIG 1g.5gb      Device  0: (UUID: MIG-c6)
              MIG 1g.5gb      Device  1: (UUID: MIG-d7)
            GPU 10: NVIDIA A100-SXM4-40GB (UUID: GPU-2c)
            """;

    @TempDir
    private static Path smi;

    @BeforeAll
    static void standInForTheDriver() throws IOException {
        StandaloneCluster.executable(smi.resolve("nvidia-smi"), "#!/bin/sh\nprintf '%s' \"$SAID\"\n");
    }

    @ParameterizedTest(name = "CUDA_VISIBLE_DEVICES={0}")
    @CsvSource(
            delimiter = ';',
            emptyValue = "",
            value = {
                "'';",
                "-1;",
                "0;'\"0\"'",
                "10,0;'\"10\",\"0\"'",
                "' 0, 10';'\"0\",\"10\"'",
                "0,-1,10;'\"0\"'",
                "0,7,10;'\"0\"'",
                "2;",
                "GPU-2c,GPU-0a;'\"GPU-2c\",\"GPU-0a\"'",
                "GPU-ff;",
                "MIG-d7;'\"MIG-d7\"'",
                "MIG-GPU-1b/3/0;'\"MIG-GPU-1b/3/0\"'",
                "0\";",
            })
    void theAddressesAreTheEntriesOfTheVariableUpToTheFirstThatIsNotThere(String variable, @Nullable String addresses)
            throws Exception {
        assertThat(printed(Map.of("CUDA_VISIBLE_DEVICES", variable, "SAID", DIVIDED)))
                .isEqualTo(json(addresses));
    }

    @ParameterizedTest(name = "nvidia-smi -L: {0}")
    @CsvSource(
            delimiter = ';',
            value = {
                "'GPU 0: NVIDIA H200 (UUID: GPU-0a)\nGPU 1: NVIDIA H200 (UUID: GPU-1b)\n';'\"0\",\"1\"'",
                "'No devices were found\n';",
                "'';"
            })
    void withoutTheVariableTheAddressesAreTheIndicesOfTheDriver(String said, @Nullable String addresses)
            throws Exception {
        assertThat(printed(Map.of("SAID", said))).isEqualTo(json(addresses));
    }

    @Test
    void theInstancesOfADividedGpuStandInItsPlace() throws Exception {
        assertThat(printed(Map.of("SAID", DIVIDED))).isEqualTo(json("\"0\",\"MIG-c6\",\"MIG-d7\",\"10\""));
    }

    private static String json(@Nullable String addresses) {
        return "{\"name\": \"gpu\", \"addresses\": [%s]}".formatted(addresses == null ? "" : addresses);
    }

    private static String printed(Map<String, String> variables) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                StandaloneCluster.HOME.resolve("conf/spark/gpu-discovery").toString());
        builder.environment().remove("CUDA_VISIBLE_DEVICES");
        builder.environment().put("PATH", smi + ":" + System.getenv("PATH"));
        builder.environment().putAll(variables);
        Process script = builder.start();
        String printed = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(script.waitFor()).isZero();
        return printed.strip();
    }
}
