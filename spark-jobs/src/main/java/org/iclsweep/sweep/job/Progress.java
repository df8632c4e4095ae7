package org.iclsweep.sweep.job;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.LongSupplier;
import org.iclsweep.sweep.run.DurationText;

/**
 * Says now and then how far a run is: trials done, rate, time left; and at least every half minute that it is at work.
 */
public final class Progress {
    private static final Rhythm STANDARD = new Rhythm(Duration.ofSeconds(5), Duration.ofSeconds(30));

    private static final Rhythm OF_A_TERMINAL = new Rhythm(Duration.ofSeconds(1), Duration.ofSeconds(1));

    /** Erases what the line before has left behind the end of this one (ECMA-48). */
    private static final String ERASE_REST = "\u001b[K";

    private final boolean rewritten;
    private final PrintStream out;
    private final long total;
    private final long doneBefore;
    private final LongSupplier doneNow;
    private final long began = System.nanoTime();
    private final Timer clock = new Timer("progress", true);
    private final Rhythm rhythm;
    private long lastSaid = -1;
    private long saidAt = began;
    private long changedAt = began;

    /**
     * The times between two lines.
     *
     * @param every while trials are finished
     * @param silence the longest while no trial is finished
     */
    record Rhythm(Duration every, Duration silence) {}

    /** True where somebody looks at a terminal that can rewrite its line. */
    private static boolean isTerminal() {
        return System.console() != null && !"dumb".equals(System.getenv("TERM"));
    }

    /**
     * @param doneBefore trials that earlier runs committed
     * @param doneNow trials that this run has done so far
     */
    Progress(PrintStream out, long total, long doneBefore, LongSupplier doneNow) {
        this(out, total, doneBefore, doneNow, isTerminal() ? OF_A_TERMINAL : STANDARD, isTerminal());
    }

    /**
     * The same in another rhythm.
     *
     * @param rewritten true for one line that is rewritten, false for a line each time
     */
    Progress(PrintStream out, long total, long doneBefore, LongSupplier doneNow, Rhythm rhythm, boolean rewritten) {
        this.rewritten = rewritten;
        this.out = out;
        this.total = total;
        this.doneBefore = doneBefore;
        this.doneNow = doneNow;
        this.rhythm = rhythm;
        TimerTask tick = new TimerTask() {
            @Override
            public void run() {
                say(System.nanoTime() - saidAt >= rhythm.silence().toNanos());
            }
        };
        clock.scheduleAtFixedRate(
                tick, rhythm.every().toMillis(), rhythm.every().toMillis());
    }

    /** Says the last word. */
    void close() {
        clock.cancel();
        say(false);
        if (rewritten) {
            out.println();
        }
    }

    private synchronized void say(boolean anyway) {
        long now = doneNow.getAsLong();
        long time = System.nanoTime();
        if (now != lastSaid) {
            changedAt = time;
        }
        if (now != lastSaid || anyway) {
            saidAt = time;
            out.print(rewritten ? "\r" : "");
            out.print(line(now, Duration.ofNanos(time - began)) + waiting(Duration.ofNanos(time - changedAt)));
            out.print(rewritten ? ERASE_REST : System.lineSeparator());
            out.flush();
            lastSaid = now;
        }
    }

    private String waiting(Duration unchanged) {
        return unchanged.compareTo(rhythm.silence()) < 0
                ? ""
                : ", at work for " + DurationText.of(unchanged) + " on batches of which none is finished";
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
