package org.iclsweep.sweep.config;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.Place;
import org.jspecify.annotations.Nullable;

/**
 * The date that a scheduled run is for, in UTC: the same whatever clock the scheduler or the driver has, twice a year
 * too. A run that is started again gets the same name, and goes on.
 */
public final class LogicalDate {
    public static final String VARIABLE = "ICL_SWEEP_LOGICAL_DATE";
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT);

    private LogicalDate() {}

    /** The time that this process's run is for; empty where no scheduler has given one. */
    public static Optional<Instant> ofThisProcess() {
        return instant(System.getenv(VARIABLE));
    }

    /** A time with its offset, or the beginning of a date in UTC; empty for any other text. */
    static Optional<Instant> instant(@Nullable String given) {
        if (given == null || given.isBlank()) {
            return Optional.empty();
        }
        try {
            String text = given.strip();
            return Optional.of(
                    text.contains("T")
                            ? OffsetDateTime.parse(text).toInstant()
                            : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty(); // a fault of the configuration where it asks for ${run}
        }
    }

    /** {@code 20260329T003000Z}, or {@code 20260329} for a date alone; today's, where nothing is given. */
    public static String runId(Optional<String> given, Clock clock) {
        if (given.isEmpty()) {
            return DateTimeFormatter.BASIC_ISO_DATE.format(LocalDate.now(clock.withZone(ZoneOffset.UTC)));
        }
        String text = given.get().strip();
        try {
            return text.contains("T")
                    ? SECOND.format(OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC))
                    : DateTimeFormatter.BASIC_ISO_DATE.format(LocalDate.parse(text));
        } catch (DateTimeException e) {
            throw new InputException(List.of(new Fault(
                    Place.of(VARIABLE),
                    "${run}",
                    "expected a date, as 2026-03-29, or a time with its offset, as 2026-03-29T02:30:00+02:00, found the"
                            + " text \"" + text + "\"")));
        }
    }
}
