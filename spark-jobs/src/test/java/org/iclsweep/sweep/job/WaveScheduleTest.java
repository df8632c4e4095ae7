package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.LongToDoubleFunction;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.Test;

/**
 * The idle part of 64 slots, simulated: waves are those of {@link WaveCutter}, and the slots take tasks as Spark does,
 * of the wave that began first.
 */
class WaveScheduleTest {
    private static final int SLOTS = 64;
    private static final long TRIALS = 64_000;
    private static final int BATCH = 16;
    /** A batch of one trial in a thousand batches takes twenty times as long as the others. */
    private static final int STRAGGLER = 20;

    /** A task that is running: the wave it is of, and the second at which it ends. */
    private record Running(int wave, double end) {}

    private static double seconds(long batch) {
        double spread = 0.75 + 0.5 * ((batch * 7919) % 101) / 100;
        return batch % 1000 == 137 ? STRAGGLER * 4 : 4 * spread;
    }

    /** The part of the slots' time in which they have no task, from the first task to the last. */
    private static double idle(int inFlight) {
        LongToDoubleFunction work = trial -> 1;
        WaveCutter cutter = new WaveCutter(
                List.of(new WaveCutter.Range(0, TRIALS)), 0, trial -> trial / BATCH * BATCH + BATCH, work);
        PriorityQueue<Running> running = new PriorityQueue<>((one, other) -> Double.compare(one.end(), other.end()));
        List<Deque<Double>> pending = new ArrayList<>();
        List<Integer> open = new ArrayList<>();
        List<Wave> waves = new ArrayList<>();
        double now = 0;
        double busy = 0;
        boolean more = true;
        while (true) {
            while (more && open.stream().filter(tasks -> tasks > 0).count() < inFlight) {
                Optional<Wave> next = cutter.next(SLOTS, SLOTS, 60);
                more = next.isPresent();
                if (more) {
                    Deque<Double> tasks = new ArrayDeque<>();
                    for (long first = next.get().first(); first < next.get().end(); first += BATCH) {
                        tasks.add(seconds(first / BATCH));
                    }
                    waves.add(next.get());
                    open.add(tasks.size());
                    pending.add(tasks);
                }
            }
            for (int wave = 0; wave < pending.size(); wave++) {
                while (running.size() < SLOTS && !pending.get(wave).isEmpty()) {
                    double taken = pending.get(wave).remove();
                    running.add(new Running(wave, now + taken));
                    busy += taken;
                }
            }
            if (running.isEmpty()) {
                return 1 - busy / (SLOTS * now);
            }
            Running ended = running.remove();
            now = ended.end();
            open.set(ended.wave(), open.get(ended.wave()) - 1);
            if (open.get(ended.wave()) == 0) {
                Wave wave = waves.get(ended.wave());
                double taken = 0;
                for (long first = wave.first(); first < wave.end(); first += BATCH) {
                    taken += seconds(first / BATCH);
                }
                cutter.measured(wave.size(), taken);
            }
        }
    }

    @Test
    void theNextWavesTasksFillTheSlotsThatStragglersLeaveFree() {
        double one = idle(1);
        double two = idle(2);
        System.out.printf("idle part of %d slots: one wave at a time %.3f, two %.3f%n", SLOTS, one, two);
        assertThat(one).isGreaterThan(0.2);
        assertThat(two).isLessThan(one / 2);
    }
}
