package org.iclsweep.sweep.job;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.LongSupplier;
import org.iclsweep.sweep.run.DurationText;

/** Says now and then how far a run is: trials done, rate, time left. */
public final class Progress {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final PrintStream out;
    private final long total;
    private final long doneBefore;
    private final LongSupplier doneNow;
    private final long began = System.nanoTime();
    private final Timer clock = new Timer("progress", true);
    private long lastSaid = -1;

    /**
     * @param doneBefore trials that earlier runs committed
     * @param doneNow trials that this run has done so far
     */
    Progress(PrintStream out, long total, long doneBefore, LongSupplier doneNow) {
        this.out = out;
        this.total = total;
        this.doneBefore = doneBefore;
        this.doneNow = doneNow;
        TimerTask tick = new TimerTask() {
            @Override
            public void run() {
                say();
            }
        };
        clock.scheduleAtFixedRate(tick, EVERY.toMillis(), EVERY.toMillis());
    }

    /** Says the last word. */
    void close() {
        clock.cancel();
        say();
    }

    private synchronized void say() {
        long now = doneNow.getAsLong();
        if (now != lastSaid) {
            lastSaid = now;
            out.println(line(now, Duration.ofNanos(System.nanoTime() - began)));
        }
    }

    private String line(long now, Duration taken) {
        long done = Math.min(total, doneBefore + now);
        double rate = now / Math.max(1e-3, taken.toMillis() / 1e3);
        String left = now == 0 || done == total
                ? ""
                : ", " + DurationText.of(Duration.ofSeconds((long) ((total - done) / rate))) + " left";
        return String.format(
                Locale.ROOT, "%d of %d trials, %.1f %%, %.1f/s%s", done, total, 100.0 * done / total, rate, left);
    }
}
