package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.TrialRange;
import org.junit.jupiter.api.Test;

/** Waves of a plan of ten thousand trials in batches of ten. */
class WaveCutterTest {
    private static final long TRIALS = 10_000;
    private static final int SLOTS = 4;

    private static WaveCutter cutter(double work, TrialRange... left) {
        return new WaveCutter(List.of(left), 0, trial -> trial / 10 * 10 + 10, trial -> work);
    }

    /** All waves of a run on slots that do so much work in a second. */
    private static List<Wave> waves(WaveCutter cutter, double rate, double seconds) {
        List<Wave> waves = new ArrayList<>();
        for (Optional<Wave> wave = cutter.next(SLOTS, SLOTS, seconds);
                wave.isPresent();
                wave = cutter.next(SLOTS, SLOTS, seconds)) {
            double work = cutter.work(wave.get().first(), wave.get().end());
            cutter.measured(work, work / rate);
            waves.add(wave.get());
        }
        return waves;
    }

    @Test
    void theFirstWaveIsABatchForEachSlotAndTheOthersGrowToTheTimeThatTheyAreToTake() {
        List<Wave> waves = waves(cutter(1, new TrialRange(0, TRIALS)), 5, 60);
        assertThat(waves.get(0).size()).isEqualTo(40);
        assertThat(waves.get(1).size()).as("at most eight times as much").isEqualTo(320);
        double whole = 60 * 5 * SLOTS;
        assertThat(waves.subList(2, waves.size() - 1))
                .allSatisfy(wave -> assertThat((double) wave.size()).isCloseTo(whole, within(10.0)));
        assertThat(waves.stream().flatMapToLong(wave -> LongStream.range(wave.first(), wave.end())))
                .containsExactly(LongStream.range(0, TRIALS).boxed().toArray(Long[]::new));
    }

    @Test
    void trialsThatTakeLongerThanAWaveAreABatchForEachSlot() {
        assertThat(waves(cutter(1, new TrialRange(0, 400)), 1e-3, 60)).allMatch(wave -> wave.size() == 40);
    }

    @Test
    void withoutTimeAWaveIsItsLeastBatches() {
        WaveCutter cutter = cutter(1, new TrialRange(0, 30));
        cutter.measured(1, 1e-6);
        assertThat(cutter.next(SLOTS, 1, 0)).contains(new Wave(0, 0, 10));
        assertThat(cutter.next(SLOTS, 2, 0)).contains(new Wave(1, 10, 30));
        assertThat(cutter.next(SLOTS, 1, 0)).isEmpty();
    }

    @Test
    void wavesAreCutFromTheRangesThatAreLeftAndEndWhereBatchesEnd() {
        WaveCutter cutter = cutter(1, new TrialRange(33, 95), new TrialRange(200, 300));
        assertThat(cutter.next(SLOTS, SLOTS, 60)).contains(new Wave(0, 33, 70));
        assertThat(cutter.next(SLOTS, SLOTS, 60)).contains(new Wave(1, 70, 95));
        assertThat(cutter.next(SLOTS, SLOTS, 60)).contains(new Wave(2, 200, 240));
    }

    /** Trials whose work differs: a wave of heavy ones has fewer. */
    @Test
    void wavesHaveEqualWorkAndNotEqualNumbersOfTrials() {
        WaveCutter cutter = new WaveCutter(
                List.of(new TrialRange(0, TRIALS)), 0, trial -> trial / 10 * 10 + 10, trial -> trial < 5000 ? 1 : 10);
        List<Wave> waves = waves(cutter, 5, 60);
        Wave light = waves.get(2);
        Wave heavy = waves.get(waves.size() - 2);
        assertThat(light.end()).isLessThan(5000);
        assertThat(cutter.work(heavy.first(), heavy.end()))
                .isCloseTo(cutter.work(light.first(), light.end()), within(100.0));
        assertThat(heavy.size() * 9).isLessThan(light.size());
    }
}
