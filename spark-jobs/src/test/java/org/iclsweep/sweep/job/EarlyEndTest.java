package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.table.Counts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ends of a sweep of a thousand trials. */
class EarlyEndTest {
    private static final long TRIALS = 1000;

    private static EarlyEnd end(double maxFailedFraction, @Nullable Double hours) {
        return new EarlyEnd(
                new ExecutionSpec(
                        16384, 128, false, maxFailedFraction, new ExecutionSpec.Budget(hours), 0, 1, GpuPolicy.PREFER),
                TRIALS);
    }

    @ParameterizedTest(name = "{1} of {0} failed, {2} may fail: {3}")
    @CsvSource({
        "400, 10, 0.01, false",
        "400, 11, 0.01, true",
        "99, 99, 0.5, false",
        "100, 100, 0.5, true",
        "101, 100, 0.5, false",
        "100, 100, 1, false",
        "1000, 11, 0.01, false"
    })
    void aFractionThatCannotComeBackAndAFirstHundredThatAllFailedEndASweep(
            long finished, long failed, double allowed, boolean ends) {
        assertThat(end(allowed, null).of(new Counts(finished, failed), Duration.ZERO))
                .isEqualTo(ends ? Optional.of(ExitCode.TOO_MANY_FAILED) : Optional.empty());
    }

    @Test
    void aBudgetThatIsSpentEndsARunWithTrialsLeft() {
        EarlyEnd end = end(0.01, 0.5);
        assertThat(end.of(new Counts(10, 0), Duration.ofMinutes(29))).isEmpty();
        assertThat(end.of(new Counts(10, 0), Duration.ofMinutes(30))).contains(ExitCode.BUDGET);
        assertThat(end.of(new Counts(TRIALS, 0), Duration.ofMinutes(30))).isEmpty();
        assertThat(end.secondsLeft(Duration.ofMinutes(20))).isEqualTo(600);
    }

    @Test
    void theMessageIsOneLineWithTheMostFrequentReason() {
        var reasons = Map.of(
                "NON_FINITE", new FinishedBatches.Reason(3, "layer 1: the state is not finite\nand more"),
                "INTERNAL", new FinishedBatches.Reason(9, "a bug"));
        RunProgress.Snapshot now =
                new RunProgress.Snapshot(Counts.NONE, 0, new Counts(100, 12), reasons, 0, Duration.ZERO);
        assertThat(end(0.01, null).message(ExitCode.TOO_MANY_FAILED, now))
                .isEqualTo(
                        "ended early: 12 of the first 100 trials failed, max-failed-fraction = 0.01 allows 10 of all 1000;"
                                + " most of them INTERNAL (9 times): a bug; mend the cause, or allow more");
    }
}
