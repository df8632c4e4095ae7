package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The option {@code --device}, on a machine whose libtorch is built for the CPU. */
class DeviceOptionTest {
    private static final Path FIXTURE =
            Path.of("../model-core/src/test/resources/fixtures/linear_llama-relu-none-conv");

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "--device {0}: exit code {1}")
    @CsvSource({
        "cpu, 0, ''",
        "gpu:0, 5, 'expected one of the 0 GPUs that libtorch can use here'",
        "gpu, 2, 'expected cpu or gpu:0'",
        "gpu:-1, 2, 'expected cpu or gpu:0'",
        "tpu:0, 2, 'expected cpu or gpu:0'"
    })
    void onlyADeviceThatIsThereIsTaken(String device, int exit, String said) {
        StringWriter errors = new StringWriter();
        List<String> verify = List.of(
                "verify",
                "--model",
                FIXTURE.toString(),
                "--input",
                FIXTURE.resolve("cases.jsonl").toString(),
                "--output",
                directory.resolve("out.jsonl").toString(),
                "--device",
                device);
        assertThat(Main.commandLine().setErr(new PrintWriter(errors, true)).execute(verify.toArray(String[]::new)))
                .isEqualTo(exit);
        assertThat(errors.toString()).contains(said);
    }
}
