package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogicalDateTest {
    /** Half past midnight in Berlin, on the day on which its clocks go forward. */
    private static final Clock BERLIN = Clock.fixed(Instant.parse("2026-03-28T23:30:00Z"), ZoneId.of("Europe/Berlin"));

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "2026-03-29,                20260329",
        "2026-03-29T03:00:00Z,      20260329T030000Z",
        "2026-03-29T01:30:00+01:00, 20260329T003000Z",
        "2026-10-25T02:30:00+02:00, 20261025T003000Z",
        "2026-10-25T02:30:00+01:00, 20261025T013000Z",
    })
    void aRunIsNamedInUtcWhateverTheClocksDo(String date, String run) {
        assertThat(LogicalDate.runId(Optional.of(date), BERLIN)).isEqualTo(run);
    }

    @Test
    void aRunWithoutADateIsNamedByTheDayInUtc() {
        assertThat(LogicalDate.runId(Optional.empty(), BERLIN)).isEqualTo("20260328");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-29,                2026-03-29T00:00:00Z",
        "2026-03-29T01:30:00+01:00, 2026-03-29T00:30:00Z",
        "yesterday,",
        "'',",
        ",",
    })
    void theTimeOfARunIsAnInstant(String date, Instant time) {
        assertThat(LogicalDate.instant(date)).isEqualTo(Optional.ofNullable(time));
    }

    @ParameterizedTest
    @CsvSource({"yesterday", "2026-03-29T02:30:00", "2026-02-30"})
    void aDateThatIsNoneIsAFault(String date) {
        assertThatThrownBy(() -> LogicalDate.runId(Optional.of(date), BERLIN))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("ICL_SWEEP_LOGICAL_DATE")
                .hasMessageContaining(date);
    }

    @Test
    void theOutputMayBeNamedByTheRun() throws IOException {
        Path file = Files.writeString(directory.resolve("nightly.conf"), """
                sweep {
                  name = nightly
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 1, heads = 2, vocab = 8,
                                      input_size = 8, icl_labels = [1, 2, 3, 4] } } ]
                  tasks = [ { name = gaussian-clusters } ]
                  output = out
                }
                """);
        Environment environment = Environment.of(
                Map.of(LogicalDate.VARIABLE, "2026-03-29T03:00:00Z"), new InputFiles(List.of(directory)));
        SweepConfiguration<?> sweep = Experiments.read(
                        file, List.of("sweep.output=\"/sweeps/nightly/\"${run}"), environment)
                .sweep();
        assertThat(sweep.output()).isEqualTo("/sweeps/nightly/20260329T030000Z");
    }
}
