package org.iclsweep.sweep.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.PlannedTrial;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TimeEstimateTest {
    @TempDir
    private Path directory;

    @Test
    void batchesOfAKnownTimeAreEstimatedAtThatTime() throws IOException {
        double batchSeconds = 0.1;
        SweepPlan<GridSpecification, Trial> plan = ArithmeticRunners.SOUND
                .taking((long) (1e3 * batchSeconds))
                .on(SweepFiles.in(directory).plan("sweep.demonstrations.sets-per-task=200"));
        TimeEstimate estimate = TimeEstimate.measure(plan, 1, Duration.ofSeconds(2));
        double batches = 4 * Math.ceil(1200 / 126.0);
        double actual = Math.max(1, batches / estimate.slots()) * batchSeconds;
        assertThat(estimate.work().toMillis() / 1e3).isBetween(0.8 * actual, 1.25 * actual);
        assertThat(estimate.unmeasured()).isZero();
        assertThat(TimeEstimate.measure(plan, 0, Duration.ofSeconds(1)).work()).isZero();
    }

    @Test
    void aModelThatIsTooLargeToMeasureIsEstimatedByItsArithmeticBeyondTheTimeOfASmallOne() throws IOException {
        double trialSeconds = 0.02;
        String model = "{ name = %s, random { model_type = linear_llama, hidden_size = %d, layers = 2, heads = 2,"
                + " vocab = 64, seed = 1, input_size = 8, icl_labels = [1, 2, 3, 4] } }";
        SweepPlan<GridSpecification, Trial> plan = ArithmeticRunners.SOUND
                .taking((long) (1e3 * trialSeconds))
                .on(SweepFiles.in(directory)
                        .plan(
                                "sweep.models=[%s, %s]"
                                        .formatted(model.formatted("small", 4), model.formatted("large", 256)),
                                "sweep.demonstrations.sets-per-task=1",
                                "sweep.demonstrations.shots=[16]"));
        TimeEstimate estimate = TimeEstimate.measure(plan, 1, Duration.ofMillis(1));
        assertThat(estimate.unmeasured()).isPositive();
        double flops = plan.experiment().strata(plan).stream()
                .mapToDouble(stratum -> stratum.flops() * stratum.size())
                .sum();
        assertThat(estimate.oneSlot().toMillis() / 1e3)
                .isBetween(0.8 * plan.size() * trialSeconds, 1.5 * (plan.size() * trialSeconds + flops / 1e10));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void everyKindIsTimedAllOfIt(Experiment<?, ?> kind) {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "out");
        requireCovered(plan);
        TimeEstimate estimate = TimeEstimate.measure(plan, 1, Duration.ofMillis(1));
        assertThat(estimate.work()).isPositive();
        assertThat(estimate.batches()).isPositive();
        assertThat(estimate.lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).doesNotContain("NaN", "Infinity", "\n"));
    }

    private static <S extends Serializable, T extends PlannedTrial> void requireCovered(SweepPlan<S, T> plan) {
        List<Stratum> strata = plan.experiment().strata(plan).stream()
                .sorted(Comparator.comparingLong(Stratum::first))
                .toList();
        long covered = 0;
        for (Stratum stratum : strata) {
            assertThat(stratum.first()).isEqualTo(covered);
            covered = stratum.end();
        }
        assertThat(covered).isEqualTo(plan.size());
        T trial = plan.trial(0);
        boolean trains = plan.experiment().steps(trial) > 0;
        assertThat(plan.experiment().steps(plan.experiment().withSteps(trial, 2)))
                .isEqualTo(trains ? 2 : 0);
    }
}
