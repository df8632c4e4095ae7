package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.TrialRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The driver's arithmetic about the trials of a plan, without running one: making the plan, cutting all its waves for
 * 10,000 slots of four trials a second, naming a wave's trials. Processor time in {@code target/soak/bookkeeping.csv}.
 */
@Tag("soak")
class PlanScaleTest {
    /** Two precisions, two tasks, six shot counts. */
    private static final int TRIALS_PER_SET = 24;

    private static final int SLOTS = 10_000;
    private static final double TRIALS_PER_SECOND = 4;
    private static final double WAVE_SECONDS = 60;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0} trials")
    @ValueSource(ints = {10_000, 100_000, 1_000_000, 10_000_000, 100_000_000})
    void theDriversTimeIsThatOfItsTrials(int trials) throws IOException {
        int sets = (trials + TRIALS_PER_SET - 1) / TRIALS_PER_SET;
        long began = processorNanos();
        SweepPlan<GridSpecification, Trial> plan =
                SweepRows.plan(directory, "plan", new String[] {"sweep.demonstrations.sets-per-task=" + sets});
        double made = seconds(began);
        began = processorNanos();
        WaveCutter cutter = new WaveCutter(List.of(new TrialRange(0, plan.size())), 0, plan::batchEnd, plan::work);
        long cut = 0;
        int waves = 0;
        Wave last = new Wave(0, 0, 0);
        for (Optional<Wave> wave = cutter.next(SLOTS, SLOTS, WAVE_SECONDS);
                wave.isPresent();
                wave = cutter.next(SLOTS, SLOTS, WAVE_SECONDS)) {
            last = wave.get();
            cutter.measured(cutter.work(last.first(), last.end()), last.size() / TRIALS_PER_SECOND);
            cut += last.size();
            waves++;
        }
        double cutting = seconds(began);
        Wave named = new Wave(0, 0, Math.min(plan.size(), 1_000_000));
        began = processorNanos();
        assertThat(plan.ids(named)).hasSize((int) named.size());
        double ids = seconds(began) * plan.size() / named.size();
        System.out.printf("%s trials in %s waves%n", plan.size(), waves);
        ScaleTest.write(
                "bookkeeping",
                "trials,plan,cut all waves,ids of all trials",
                String.format(Locale.ROOT, "%d,%.3f,%.3f,%.3f", plan.size(), made, cutting, ids));
        assertThat(cut).isEqualTo(plan.size());
        assertThat(cutting).as("seconds for each trial").isLessThan(1e-5 * plan.size() + 2);
    }

    /** Of this thread: what else runs on the machine does not count. */
    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double seconds(long began) {
        return (processorNanos() - began) / 1e9;
    }
}
