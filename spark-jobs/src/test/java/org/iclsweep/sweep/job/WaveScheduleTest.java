package org.iclsweep.sweep.job;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;
import java.util.stream.IntStream;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.TrialRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The idle part of slots, simulated: waves are those of {@link WaveCutter}, and the slots take tasks as Spark does, of
 * the wave that began first.
 */
class WaveScheduleTest {
    private static final int SLOTS = 64;
    private static final long TRIALS_PER_SLOT = 1_000;
    private static final int BATCH = 16;
    /** A batch of one trial in a thousand batches takes twenty times as long as the others. */
    private static final int STRAGGLER = 20;

    /** A task that is running: the wave it is of, and the second at which it ends. */
    private record Running(int wave, double end) {}

    private static double spread(long batch) {
        double spread = 0.75 + 0.5 * ((batch * 7919) % 101) / 100;
        return batch % 1000 == 137 ? STRAGGLER * 4 : 4 * spread;
    }

    /** Log-normal with a median of 4 s, whose logarithm has the standard deviation 0.5, and the same stragglers. */
    private static double logNormal(long batch) {
        double normal = new SplittableRandom(batch * 0x9E3779B97F4A7C15L).nextGaussian();
        return (batch % 1000 == 137 ? STRAGGLER : 1) * 4 * Math.exp(normal / 2);
    }

    /**
     * The part of the slots' time in which they have no task.
     *
     * @param whole from the first task to the end of the last
     * @param steady until the last task has begun: what comes behind it depends on the length of the sweep
     */
    private record Idle(double whole, double steady) {}

    private static Idle idle(int slots, int inFlight, double waveSeconds, LongToDoubleFunction seconds) {
        LongToDoubleFunction work = trial -> 1;
        WaveCutter cutter = new WaveCutter(
                List.of(new TrialRange(0, slots * TRIALS_PER_SLOT)), 0, trial -> trial / BATCH * BATCH + BATCH, work);
        PriorityQueue<Running> running = new PriorityQueue<>((one, other) -> Double.compare(one.end(), other.end()));
        List<Deque<Double>> pending = new ArrayList<>();
        List<Integer> open = new ArrayList<>();
        List<Wave> waves = new ArrayList<>();
        double now = 0;
        double busy = 0;
        double free = 0;
        double steady = 0;
        boolean more = true;
        while (true) {
            while (more && hasRoom(slots, inFlight, open)) {
                Optional<Wave> next = cutter.next(slots, slots, waveSeconds);
                more = next.isPresent();
                if (more) {
                    Deque<Double> tasks = new ArrayDeque<>();
                    for (long first = next.get().first(); first < next.get().end(); first += BATCH) {
                        tasks.add(seconds.applyAsDouble(first / BATCH));
                    }
                    waves.add(next.get());
                    open.add(tasks.size());
                    pending.add(tasks);
                }
            }
            for (int wave = 0; wave < pending.size(); wave++) {
                while (running.size() < slots && !pending.get(wave).isEmpty()) {
                    double taken = pending.get(wave).remove();
                    running.add(new Running(wave, now + taken));
                    busy += taken;
                }
            }
            if (running.isEmpty()) {
                return new Idle(1 - busy / (slots * now), steady);
            }
            Running ended = running.remove();
            free += (slots - 1 - running.size()) * (ended.end() - now);
            now = ended.end();
            if (more || pending.stream().anyMatch(tasks -> !tasks.isEmpty())) {
                steady = free / (slots * now);
            }
            open.set(ended.wave(), open.get(ended.wave()) - 1);
            if (open.get(ended.wave()) == 0) {
                Wave wave = waves.get(ended.wave());
                double taken = 0;
                for (long first = wave.first(); first < wave.end(); first += BATCH) {
                    taken += seconds.applyAsDouble(first / BATCH);
                }
                cutter.measured(wave.size(), taken);
            }
        }
    }

    /** As {@link WaveLoop} and {@link TaskWatch#leavesRoom} have it. */
    private static boolean hasRoom(int slots, int inFlight, List<Integer> open) {
        int waves = (int) open.stream().filter(tasks -> tasks > 0).count();
        int tasks = open.stream().mapToInt(Integer::intValue).sum();
        return waves == 0 || waves < inFlight && tasks < 2 * slots;
    }

    @Test
    void theNextWavesTasksFillTheSlotsThatStragglersLeaveFree() {
        double one = idle(SLOTS, 1, 60, WaveScheduleTest::spread).whole();
        double two = idle(SLOTS, 2, 60, WaveScheduleTest::spread).whole();
        System.out.printf("idle part of %d slots: one wave at a time %.3f, two %.3f%n", SLOTS, one, two);
        assertThat(one).isGreaterThan(0.2);
        assertThat(two).isLessThan(one / 2);
    }

    /** The curve of docs/how-to/cluster.md: {@code target/soak/idle.csv}. */
    @Tag("soak")
    @ParameterizedTest(name = "{0} slots")
    @ValueSource(ints = {10, 100, 1_000, 10_000})
    void severalWavesInFlightKeepSlotsBusyWhoseTasksDiffer(int slots) {
        List<Double> idle = IntStream.of(1, 2, 8, 32)
                .mapToObj(inFlight ->
                        idle(slots, inFlight, 60, WaveScheduleTest::logNormal).steady())
                .toList();
        ScaleTest.write(
                "idle",
                "slots,one wave at a time,two,eight,32 (default)",
                slots
                        + idle.stream()
                                .map(part -> String.format(Locale.ROOT, ",%.4f", part))
                                .collect(joining()));
        assertThat(idle.get(1)).isLessThan(idle.get(0));
        assertThat(idle.get(3)).isLessThan(0.05);
    }
}
