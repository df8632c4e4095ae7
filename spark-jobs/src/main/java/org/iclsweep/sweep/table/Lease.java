package org.iclsweep.sweep.table;

import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One driver at a time: {@code lease.json} names it, a file of its own has the time of its last heartbeat. So a driver
 * that is suspended in the middle of a heartbeat, and wakes up when another has taken over, writes to its own file
 * alone.
 *
 * <p>A lease is dead when its process, in sight of who looks, is gone; where the process is out of sight, on another
 * host or in another container, when it has no heartbeat for a while. The clocks of two hosts may differ. So a lease
 * that looks old is watched for some heartbeats before it counts as dead, by the clock of who watches; so is one that
 * cannot be read.
 */
public final class Lease implements AutoCloseable {
    static final String FILE = "lease.json";
    static final String HEARTBEAT = ".lease-heartbeat-";
    static final String GRAVE = ".lease-dead-";

    private final Storage storage;
    private final Terms terms;
    private final Clock clock;
    private final LeaseHolder holder;
    private final ScheduledExecutorService heart;
    private volatile boolean lost;
    private @Nullable ScheduledFuture<?> beating;

    /**
     * The durations of a lease.
     *
     * @param heartbeat interval between heartbeats
     * @param expiry after how long without one a lease looks dead
     * @param watch for how long such a lease is watched; some heartbeats
     */
    public record Terms(Duration heartbeat, Duration expiry, Duration watch) {
        public static final Terms STANDARD =
                new Terms(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(15));
    }

    /**
     * A lease as it is at one moment.
     *
     * @param text of {@code lease.json}
     * @param holder null if it cannot be read
     * @param heartbeat ISO 8601, in UTC; empty if there is none
     */
    private record Seen(String text, @Nullable LeaseHolder holder, String heartbeat) {

        static Optional<Seen> in(Storage storage) {
            return storage.read(FILE).map(text -> {
                LeaseHolder holder = parsed(text);
                return new Seen(
                        text,
                        holder,
                        holder == null
                                ? ""
                                : storage.read(HEARTBEAT + holder.token()).orElse(""));
            });
        }

        private static @Nullable LeaseHolder parsed(String text) {
            try {
                // The leases of versions that wrote the heartbeat into them name no boot.
                return Json.read(text, LeaseHolder.class);
            } catch (UncheckedIOException e) {
                return null;
            }
        }

        /** The token of a lease; where it cannot be read, its text. */
        static String nameIn(String text) {
            LeaseHolder holder = parsed(text);
            return holder == null ? text : holder.token();
        }

        boolean isOf(String token) {
            return holder != null && holder.token().equals(token);
        }

        boolean isInSight() {
            return holder != null && holder.isInSight();
        }

        boolean isRunning() {
            return holder != null && holder.isRunning();
        }

        /** True without a heartbeat for a while, or with one in a time to come, by a clock that is wrong. */
        boolean looksDead(Instant now, Duration expiry) {
            try {
                return Duration.between(Instant.parse(heartbeat.strip()), now)
                                .abs()
                                .compareTo(expiry)
                        > 0;
            } catch (DateTimeException e) {
                return true;
            }
        }

        String inWords() {
            return holder == null ? "a driver whose %s cannot be read".formatted(FILE) : holder.inWords();
        }
    }

    private Lease(Storage storage, Terms terms, Clock clock, LeaseHolder holder) {
        this.storage = storage;
        this.terms = terms;
        this.clock = clock;
        this.holder = holder;
        this.heart = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "lease");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Takes the lease, or that of a dead driver.
     *
     * @param application who takes it, as others will read it
     * @throws RefusedException if another driver is alive
     */
    public static Lease take(Storage storage, String application, Terms terms, Clock clock) {
        Lease lease = new Lease(storage, terms, clock, LeaseHolder.ofThisProcess(application, clock.instant()));
        try {
            lease.beat(); // the first is there before the lease is
            if (!lease.create() && !(lease.buryDead() && lease.create())) {
                throw heldBy(
                        storage,
                        terms,
                        Seen.in(storage).map(Seen::inWords).orElse("a driver that began at this moment"));
            }
            lease.clearAwayOthers();
            long millis = terms.heartbeat().toMillis();
            lease.beating = lease.heart.scheduleAtFixedRate(lease::renew, millis, millis, TimeUnit.MILLISECONDS);
            return lease;
        } finally {
            if (lease.beating == null) {
                lease.close();
            }
        }
    }

    private boolean create() {
        return storage.create(FILE, Json.write(holder));
    }

    /**
     * That the lease is still this driver's.
     *
     * @throws RefusedException if another driver has taken it over, or it was removed
     */
    public void requireHeld() {
        if (isHeld()) {
            return;
        }
        throw Seen.in(storage)
                .map(seen -> heldBy(storage, terms, seen.inWords()))
                .orElseGet(() ->
                        new RefusedException(("%s: expected the lease that this driver took at %s, found no such file:"
                                        + " it was removed under the driver; run again to go on, and remove no lease of a driver at work")
                                .formatted(storage.location(FILE), holder.since())));
    }

    /** True if the lease is still this driver's. Once lost, it stays lost. */
    public boolean isHeld() {
        lost = lost
                || Seen.in(storage).filter(seen -> seen.isOf(holder.token())).isEmpty();
        return !lost;
    }

    /** Gives the lease back. */
    @Override
    public void close() {
        if (beating != null) {
            beating.cancel(false);
        }
        endHeartbeats();
        if (isHeld()) {
            bury(holder.token());
        }
        storage.delete(HEARTBEAT + holder.token());
    }

    /** None is on its way afterwards, whose file would be left. */
    private void endHeartbeats() {
        heart.shutdownNow();
        try {
            heart.awaitTermination(terms.heartbeat().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Who holds a directory, in words; empty if nobody alive does. */
    public static Optional<String> describe(Storage storage) {
        return Seen.in(storage)
                .filter(seen ->
                        seen.isInSight() ? seen.isRunning() : !seen.looksDead(Instant.now(), Terms.STANDARD.expiry()))
                .map(Seen::inWords);
    }

    private void renew() {
        try {
            if (isHeld()) {
                beat();
            }
        } catch (UncheckedIOException e) {
            // the next heartbeat may do better; requireHeld decides before anything is committed
        }
    }

    private void beat() {
        storage.replace(HEARTBEAT + holder.token(), clock.instant().toString());
    }

    /** Moves the lease of a dead driver out of the way; false if the driver lives. */
    private boolean buryDead() {
        Optional<Seen> there = Seen.in(storage);
        if (there.isPresent() && !isDead(there.get())) {
            return false;
        }
        there.ifPresent(dead -> bury(Seen.nameIn(dead.text())));
        return true;
    }

    private boolean isDead(Seen seen) {
        if (seen.isInSight()) {
            return !seen.isRunning();
        }
        if (seen.holder() != null && !seen.looksDead(clock.instant(), terms.expiry())) {
            return false;
        }
        if (seen.holder() == null) {
            System.err.printf(
                    "%s cannot be read: watched for %d seconds, then taken for that of a dead driver%n",
                    storage.location(FILE), terms.watch().toSeconds());
        }
        try {
            Thread.sleep(terms.watch().toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return Seen.in(storage).filter(seen::equals).isPresent();
    }

    /**
     * Takes the lease away by a rename, which only one of two drivers can do, and puts it back if it is not the one
     * that was meant.
     *
     * @param which its {@linkplain Seen#nameIn name}
     */
    private void bury(String which) {
        String grave = GRAVE + UUID.randomUUID();
        try {
            storage.rename(FILE, grave);
        } catch (UncheckedIOException e) {
            return; // another driver was faster
        }
        if (Seen.nameIn(storage.read(grave).orElse("")).equals(which)) {
            storage.delete(grave);
        } else {
            storage.rename(grave, FILE);
        }
    }

    /** Heartbeats and graves that killed drivers have left. */
    private void clearAwayOthers() {
        storage.list("").stream()
                .filter(name -> name.startsWith(HEARTBEAT) || name.startsWith(GRAVE))
                .filter(name -> !name.equals(HEARTBEAT + holder.token()))
                .forEach(storage::delete);
    }

    private static RefusedException heldBy(Storage storage, Terms terms, String who) {
        return new RefusedException(
                "%s is held by %s; wait for it, or end it: a driver that is gone is noticed after %s seconds at most."
                        .formatted(
                                storage.location(""),
                                who,
                                terms.expiry().plus(terms.watch()).toSeconds()));
    }
}
