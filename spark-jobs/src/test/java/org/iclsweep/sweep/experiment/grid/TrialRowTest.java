package org.iclsweep.sweep.experiment.grid;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.table.RunFacts;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrialRowTest {
    @TempDir
    private Path directory;

    @ParameterizedTest(name = "lacks a GPU: {0}")
    @CsvSource({"true, 'LEAKED_QUERY, NO_GPU'", "false, LEAKED_QUERY"})
    void aRowThatTheCpuComputedForTheLackOfAGpuIsFlagged(boolean lacksGpu, String flags) {
        Trial trial = (Trial)
                SmallSweeps.plan(Experiments.ALL.get(0), directory, "out").trial(0);
        Flag leaked = new Flag(Flag.Code.LEAKED_QUERY, null, null);
        FailedTrial failed = new FailedTrial(trial, ErrorCode.INTERNAL, "", null, null, List.of(leaked));
        RunFacts run = new RunFacts("3", "cpu", 1, 1, Instant.EPOCH, "test", lacksGpu);
        assertThat(new TrialRow("sweep", "gold", 0, failed, run).flags())
                .extracting(flag -> flag.code().name())
                .containsExactly(flags.split(", "));
    }
}
