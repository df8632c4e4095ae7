package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("faults")
class LeaseTest {
    private static final Lease.Terms QUIET =
            new Lease.Terms(Duration.ofHours(1), Duration.ofSeconds(60), Duration.ofMillis(50));
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    private Path directory;

    private Storage storage = new LocalStorage(Path.of(""));

    @BeforeEach
    void aDirectory() {
        storage = new LocalStorage(directory);
    }

    @Test
    void aSecondDriverIsRefusedAndToldWhoHoldsTheDirectorySinceWhen() {
        try (Lease first = take("app-1", NOON)) {
            assertThatThrownBy(() -> take("app-2", NOON.plusSeconds(30)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("held by app-1")
                    .hasMessageContaining("since 2026-01-01T12:00:00Z");
            first.requireHeld();
        }
        take("app-2", NOON).close();
        assertThat(storage.list("")).isEmpty();
    }

    @Test
    void aLeaseThatNobodyRenewsIsTakenOver() {
        Lease first = take("app-1", NOON);
        Lease second = take("app-2", NOON.plusSeconds(61));

        second.requireHeld();
        assertThatThrownBy(first::requireHeld)
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("app-2");
        first.close();
        second.requireHeld();
        second.close();
        assertThat(storage.list("")).isEmpty();
    }

    @Test
    void theLeaseOfADeadProcessOfThisHostIsTakenOverAtOnce() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        try (Lease first = take("app-1", NOON)) {
            String dead = storage.read(Lease.FILE)
                    .orElseThrow()
                    .replace("\"pid\" : " + ProcessHandle.current().pid(), "\"pid\" : " + process.pid());
            storage.replace(Lease.FILE, dead);

            try (Lease second = take("app-2", NOON.plusSeconds(1))) {
                second.requireHeld();
                assertThatThrownBy(first::requireHeld).isInstanceOf(RefusedException.class);
            }
        }
    }

    @Test
    void aProcessIdThatWasGivenToAnotherProcessDoesNotKeepALease() {
        try (Lease first = take("app-1", NOON)) {
            String reused = storage.read(Lease.FILE)
                    .orElseThrow()
                    .replaceAll("\"process_started\" : \"[^\"]*\"", "\"process_started\" : \"2020-01-01T00:00:00Z\"");
            storage.replace(Lease.FILE, reused);
            take("app-2", NOON.plusSeconds(1)).close();
            assertThatThrownBy(first::requireHeld).isInstanceOf(RefusedException.class);
        }
    }

    @Test
    void aDriverOnAnotherHostIsBelievedUntilItsLeaseExpires() {
        try (Lease first = take("app-1", NOON)) {
            String far = storage.read(Lease.FILE)
                    .orElseThrow()
                    .replaceAll("\"host\" : \"[^\"]*\"", "\"host\" : \"far-away\"")
                    .replaceAll("\"pid\" : \\d+", "\"pid\" : 99999999");
            storage.replace(Lease.FILE, far);
            first.requireHeld();
            assertThatThrownBy(() -> take("app-2", NOON.plusSeconds(59))).isInstanceOf(RefusedException.class);
            take("app-3", NOON.plusSeconds(61)).close();
        }
    }

    @Test
    void aHeartbeatKeepsTheLease() throws InterruptedException {
        Lease.Terms fast = new Lease.Terms(Duration.ofMillis(20), Duration.ofSeconds(60), Duration.ofMillis(500));
        try (Lease lease = Lease.take(storage, "app-1", fast, Clock.systemUTC())) {
            String before = storage.read(Lease.FILE).orElseThrow();
            for (int i = 0; i < 200 && storage.read(Lease.FILE).orElseThrow().equals(before); i++) {
                Thread.sleep(20);
            }
            assertThat(storage.read(Lease.FILE).orElseThrow()).isNotEqualTo(before);
            lease.requireHeld();
        }
    }

    /** Its heartbeats are ten minutes old, or will be in ten minutes, by the clock of who looks; but they go on. */
    @ParameterizedTest(name = "{0} minutes")
    @ValueSource(ints = {-10, 10})
    void aDriverWhoseClockIsWrongKeepsItsLeaseAsLongAsItLives(int minutes) {
        Lease.Terms fast = new Lease.Terms(Duration.ofMillis(20), Duration.ofSeconds(60), Duration.ofMillis(500));
        Clock wrong = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(minutes));
        try (Lease lease = Lease.take(storage, "app-1", fast, wrong)) {
            assertThatThrownBy(() -> Lease.take(storage, "app-2", fast, Clock.systemUTC()))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("held by app-1");
            lease.requireHeld();
        }
        Lease left = take("app-1", Instant.now().plus(Duration.ofMinutes(minutes)));
        Lease.take(storage, "app-2", fast, Clock.systemUTC()).close();
        assertThat(left.isHeld()).as("nobody renewed it").isFalse();
    }

    private Lease take(String application, Instant now) {
        return Lease.take(storage, application, QUIET, Clock.fixed(now, ZoneOffset.UTC));
    }
}
