package org.iclsweep.sweep.run;

import java.time.Duration;

/** Durations as people read them. */
public final class DurationText {
    private DurationText() {}

    /** Hours and minutes, or minutes and seconds, or seconds. */
    public static String of(Duration time) {
        if (time.toHours() > 0) {
            return time.toHours() + " h " + time.toMinutesPart() + " min";
        }
        return time.toMinutes() > 0
                ? time.toMinutes() + " min " + time.toSecondsPart() + " s"
                : time.toSeconds() + " s";
    }
}
