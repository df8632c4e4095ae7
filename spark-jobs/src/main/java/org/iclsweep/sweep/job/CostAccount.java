package org.iclsweep.sweep.job;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import org.iclsweep.sweep.table.Cost;

/**
 * The cost of a run, wave by wave, added to that of the runs before it. Where nothing is foretold, the first wave
 * foretells the rest: its seconds for the plan's estimate of its work, times the work of all trials.
 */
final class CostAccount {
    private final Cost before;
    private final long trials;
    private Cost.Taken taken = new Cost.Taken(1, 0, 0, 0);
    private Cost now;

    /** @param trials that this run has to do */
    CostAccount(Cost before, long trials) {
        this.before = before;
        this.now = before;
        this.trials = trials;
    }

    /**
     * Takes a committed wave into account.
     *
     * @param slotSeconds of its batches
     * @param slots of the run
     * @param all the seconds of slots that all trials of the run are to take, as far as it is known now
     * @param clock the time of this run so far
     */
    synchronized void committed(long wave, double slotSeconds, int slots, DoubleSupplier all, Duration clock) {
        if (now.foretold() == null && taken.trials() == 0 && wave < trials && slotSeconds > 0) {
            now = now.foretold(foretold(wave, slotSeconds, slots, all.getAsDouble()));
        }
        taken = new Cost.Taken(1, taken.trials() + wave, taken.slotSeconds() + slotSeconds, clock.toMillis() / 1e3);
        now = now.taken(before.taken().plus(taken));
    }

    /** The cost by now. */
    synchronized Cost now() {
        return now;
    }

    /** Writes it into the directory. */
    synchronized void write(LeasedRun leased) {
        try {
            leased.beside(now::write);
        } catch (UncheckedIOException e) {
            // the next wave's may do better; no row depends on it
        }
    }

    private Cost.Foretold foretold(long wave, double slotSeconds, int slots, double all) {
        String basis = String.format(
                Locale.ROOT,
                "the first wave of the run, %d of %d trials in %.3g s of %d slots, the loading of models included",
                wave,
                trials,
                slotSeconds,
                slots);
        return new Cost.Foretold("run", basis, trials, slots, all, all / slots, null);
    }
}
