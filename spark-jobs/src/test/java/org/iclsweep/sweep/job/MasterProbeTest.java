package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.apache.spark.SparkConf;
import org.iclsweep.sweep.FreePort;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.junit.jupiter.api.Test;

class MasterProbeTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);

    @Test
    void aPortThatRefusesConnectionsIsNamedWithTheRemedyBeforeSparkStarts() throws IOException {
        String master = "spark://127.0.0.1:" + FreePort.any();
        assertThatThrownBy(() -> Sweep.start(settings(master), GpuPolicy.PREFER))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContainingAll(master, "Connection refused", "correct --master")
                .satisfies(failure -> {
                    assertThat(Failures.exit(failure)).isEqualTo(ExitCode.UNFIT_MACHINE);
                    assertThat(Failures.message(failure)).doesNotContain("\n");
                });
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUpAfterThePatience() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String master = "spark://127.0.0.1:" + silent.getLocalPort();
            assertThatThrownBy(() -> MasterProbe.requireAnswer(settings(master), A_SECOND))
                    .hasMessageContainingAll(master, "within 1 s", "no answer in Spark's protocol");
        }
    }

    @Test
    void theAddressOfAMasterWithoutAPortIsWrongInput() {
        assertThatThrownBy(() -> MasterProbe.requireAnswer(settings("spark://host"), A_SECOND))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageContaining("expected spark://HOST:PORT, found \"spark://host\"");
    }

    @Test
    void aManagerWhoseClientIsNotThereIsNamed() {
        assertThatThrownBy(() -> MasterProbe.requireAnswer(settings("yarn"), A_SECOND))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("spark.master: yarn: expected Spark's client");
    }

    private static SparkConf settings(String master) {
        return Sweep.settings("probe", ExecutionSpec.DEFAULTS, master);
    }
}
