package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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
    private static final Lease.Terms FAST =
            new Lease.Terms(Duration.ofMillis(20), Duration.ofSeconds(60), Duration.ofMillis(500));
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
    void aDriverOutOfSightThatHasNoHeartbeatForAWhileIsTakenOver() {
        Lease first = take("app-1", NOON);
        move("\"boot\" : \"[^\"]*\"", "\"boot\" : \"another\"");
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

    /** Suspended, say, or without its storage for a minute: it may go on at any time. */
    @Test
    void aDriverInSightKeepsItsLeaseAsLongAsItsProcessLives() {
        try (Lease first = take("app-1", NOON)) {
            assertThatThrownBy(() -> take("app-2", NOON.plusSeconds(3600))).isInstanceOf(RefusedException.class);
            first.requireHeld();
        }
    }

    @Test
    void theLeaseOfADeadProcessInSightIsTakenOverAtOnce() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        try (Lease first = take("app-1", NOON)) {
            move("\"pid\" : \\d+", "\"pid\" : " + process.pid());
            try (Lease second = take("app-2", NOON.plusSeconds(1))) {
                second.requireHeld();
                assertThatThrownBy(first::requireHeld).isInstanceOf(RefusedException.class);
            }
        }
    }

    @Test
    void aProcessIdThatWasGivenToAnotherProcessDoesNotKeepALease() {
        try (Lease first = take("app-1", NOON)) {
            move("\"start_ticks\" : \"[^\"]*\"", "\"start_ticks\" : \"1\"");
            take("app-2", NOON.plusSeconds(1)).close();
            assertThatThrownBy(first::requireHeld).isInstanceOf(RefusedException.class);
        }
    }

    /** Two containers may have one name of a host, and the same process ids. */
    @ParameterizedTest
    @ValueSource(strings = {"boot", "pid_namespace"})
    void aDriverInAnotherContainerOrOnAnotherHostIsBelievedUntilItsHeartbeatsEnd(String whatDiffers) {
        try (Lease first = take("app-1", NOON)) {
            move("\"%s\" : \"[^\"]*\"".formatted(whatDiffers), "\"%s\" : \"another\"".formatted(whatDiffers));
            move("\"pid\" : \\d+", "\"pid\" : 99999999");
            first.requireHeld();
            assertThatThrownBy(() -> take("app-2", NOON.plusSeconds(59))).isInstanceOf(RefusedException.class);
            take("app-3", NOON.plusSeconds(61)).close();
        }
    }

    @Test
    void aHeartbeatGoesOnAndLeavesTheLeaseItselfAlone() throws InterruptedException {
        try (Lease lease = Lease.take(storage, "app-1", FAST, Clock.systemUTC())) {
            String before = storage.read(Lease.FILE).orElseThrow();
            String beat = heartbeat();
            for (int i = 0; i < 200 && heartbeat().equals(beat); i++) {
                Thread.sleep(20);
            }
            assertThat(heartbeat()).isNotEqualTo(beat);
            assertThat(storage.read(Lease.FILE)).hasValue(before);
            lease.requireHeld();
        }
    }

    /** The moment between its look at the lease and the end of its write. */
    @Test
    void aDriverThatIsSuspendedInAHeartbeatDoesNotTakeTheLeaseBackWhenItWakesUp() throws InterruptedException {
        CountDownLatch suspended = new CountDownLatch(1);
        CountDownLatch wakesUp = new CountDownLatch(1);
        AtomicInteger beats = new AtomicInteger();
        Storage suspending = (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("replace") && beats.incrementAndGet() == 2) {
                        suspended.countDown();
                        wakesUp.await();
                    }
                    return method.invoke(storage, arguments);
                });
        try (Lease first = Lease.take(suspending, "app-1", FAST, Clock.systemUTC())) {
            suspended.await();
            move("\"start_ticks\" : \"[^\"]*\"", "\"start_ticks\" : \"1\"");
            try (Lease second = take("app-2", NOON)) {
                wakesUp.countDown();
                for (int i = 0; i < 200 && first.isHeld(); i++) {
                    Thread.sleep(20);
                }
                assertThat(first.isHeld()).isFalse();
                second.requireHeld();
            }
        }
        assertThat(storage.list("")).isEmpty();
    }

    /** As a person does who takes the file for one that a dead driver has left. */
    @Test
    void aLeaseThatWasRemovedIsToldAsSuchAndNotAsHeldByAnother() {
        Lease lease = take("app-1", NOON);
        storage.delete(Lease.FILE);
        assertThatThrownBy(lease::requireHeld)
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("lease.json: expected the lease that this driver took at 2026-01-01T12:00:00Z")
                .hasMessageContaining("found no such file")
                .hasMessageNotContaining("held by");
        lease.close();
        assertThat(storage.list("")).isEmpty();
    }

    /** Every bit of a lease of a process that is gone: it is taken over, at once or after the watch. */
    @Test
    void aLeaseWithABitFlippedIsNeverInTheWay() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        Lease.Terms none = new Lease.Terms(Duration.ofHours(1), Duration.ofSeconds(60), Duration.ZERO);
        take("app-1", NOON);
        move("\"pid\" : \\d+", "\"pid\" : " + process.pid());
        byte[] text = storage.read(Lease.FILE).orElseThrow().getBytes(StandardCharsets.UTF_8);
        for (int bit = 0; bit < 8 * text.length; bit += 3) {
            text[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(directory.resolve(Lease.FILE), text);
            text[bit / 8] ^= (byte) (1 << bit % 8);
            try (Lease next = Lease.take(storage, "app-2", none, Clock.fixed(NOON.plusSeconds(3600), ZoneOffset.UTC))) {
                next.requireHeld();
            }
            assertThat(storage.list("")).as("bit %d", bit).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"token\" : \"of an earlier version\"}", "\u0000\u0000\u0000"})
    void aLeaseThatCannotBeReadIsWatchedAndTakenOver(String text) {
        storage.create(Lease.FILE, text);
        try (Lease lease = take("app-1", NOON)) {
            lease.requireHeld();
        }
        assertThat(storage.list("")).isEmpty();
    }

    /** Its heartbeats are ten minutes old, or will be in ten minutes, by the clock of who looks; but they go on. */
    @ParameterizedTest(name = "{0} minutes")
    @ValueSource(ints = {-10, 10})
    void aDriverWhoseClockIsWrongKeepsItsLeaseAsLongAsItLives(int minutes) {
        Clock wrong = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(minutes));
        try (Lease lease = Lease.take(storage, "app-1", FAST, wrong)) {
            move("\"boot\" : \"[^\"]*\"", "\"boot\" : \"another\"");
            assertThatThrownBy(() -> Lease.take(storage, "app-2", FAST, Clock.systemUTC()))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("held by app-1");
            lease.requireHeld();
        }
        Lease left = take("app-1", Instant.now().plus(Duration.ofMinutes(minutes)));
        move("\"boot\" : \"[^\"]*\"", "\"boot\" : \"another\"");
        Lease.take(storage, "app-2", FAST, Clock.systemUTC()).close();
        assertThat(left.isHeld()).as("it had no more heartbeats").isFalse();
    }

    private void move(String what, String to) {
        storage.replace(Lease.FILE, storage.read(Lease.FILE).orElseThrow().replaceAll(what, to));
    }

    private String heartbeat() {
        return storage.list("").stream()
                .filter(name -> name.startsWith(".lease-heartbeat-"))
                .findFirst()
                .flatMap(storage::read)
                .orElseThrow();
    }

    private Lease take(String application, Instant now) {
        return Lease.take(storage, application, QUIET, Clock.fixed(now, ZoneOffset.UTC));
    }
}
