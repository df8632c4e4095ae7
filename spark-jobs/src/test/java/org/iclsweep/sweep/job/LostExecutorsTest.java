package org.iclsweep.sweep.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LostExecutorsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Command exited with code 137",
                "Command exited with code 143",
                "Container from a bad node: container_1 on host: h. Exit status: 137. Diagnostics: killed",
                "Container killed by YARN for exceeding physical memory limits. 5.5 GB of 5.5 GB physical memory used.",
                "The executor with id 3 exited with exit code 137(SIGKILL, possible container OOM).",
            })
    void anExecutorThatIsKilledFromOutsideIsAHintAtMemoryOutsideTheHeap(String reason) {
        assertThat(LostExecutors.hint(reason))
                .hasValueSatisfying(hint -> assertThat(hint).contains("spark.executor.memoryOverhead"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Command exited with code 134", "worker lost: Not receiving heartbeat for 60 seconds", "1370"})
    void otherEndsAreNot(String reason) {
        assertThat(LostExecutors.hint(reason)).isEmpty();
    }

    @Test
    void itIsSaidOnce() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        LostExecutors listener = new LostExecutors(new PrintStream(said, true, UTF_8));
        listener.onExecutorRemoved(new SparkListenerExecutorRemoved(0, "2", "Command exited with code 137"));
        listener.onExecutorRemoved(new SparkListenerExecutorRemoved(0, "3", "Command exited with code 137"));
        assertThat(said.toString(UTF_8).lines()).singleElement().asString().startsWith("executor 2: ");
    }
}
