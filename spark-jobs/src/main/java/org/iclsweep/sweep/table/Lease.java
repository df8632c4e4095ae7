package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
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
 * One driver at a time: {@code lease.json} names it, with the times of its start and last renewal. A lease is dead when
 * its process is gone from this host, or when nobody has renewed it for a while; then it is taken over.
 *
 * <p>The clocks of two hosts may differ. So a lease that looks old is watched for some heartbeats before it counts as
 * dead, by the clock of who watches.
 */
public final class Lease implements AutoCloseable {
    static final String FILE = "lease.json";

    private final Storage storage;
    private final Terms terms;
    private final Clock clock;
    private final Holder holder;
    private final ScheduledExecutorService heart;
    private volatile boolean lost;
    private @Nullable ScheduledFuture<?> beating;

    /**
     * The durations of a lease.
     *
     * @param heartbeat interval between renewals of a lease
     * @param expiry after how long without it a lease looks dead
     * @param watch for how long such a lease is watched; some heartbeats
     */
    public record Terms(Duration heartbeat, Duration expiry, Duration watch) {
        public static final Terms STANDARD =
                new Terms(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(15));
    }

    /** The content of the file. Instants in ISO 8601, in UTC. */
    record Holder(
            @JsonProperty("token") String token,
            @JsonProperty("application") String application,
            @JsonProperty("host") String host,
            @JsonProperty("pid") long pid,
            @JsonProperty("process_started") String processStarted,
            @JsonProperty("since") String since,
            @JsonProperty("heartbeat") String heartbeat) {

        static Holder ofThisProcess(String application, Instant now) {
            ProcessHandle self = ProcessHandle.current();
            String token = UUID.randomUUID().toString();
            return new Holder(
                    token, application, thisHost(), self.pid(), started(self), now.toString(), now.toString());
        }

        Holder renewed(Instant now) {
            return new Holder(token, application, host, pid, processStarted, since, now.toString());
        }

        /** True if its process is known to be gone. */
        boolean isGone() {
            return host.equals(thisHost()) && !isRunning();
        }

        /** True if it was not renewed for a while; or in a time to come, by a clock that is wrong. */
        boolean looksDead(Instant now, Duration expiry) {
            return Duration.between(Instant.parse(heartbeat), now).abs().compareTo(expiry) > 0;
        }

        /** True if the process still runs; a process id that was given to another one does not count. */
        private boolean isRunning() {
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .map(process -> started(process).equals(processStarted))
                    .orElse(false);
        }

        private static String started(ProcessHandle process) {
            return process.info().startInstant().map(Instant::toString).orElse("unknown");
        }

        private static String thisHost() {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                return "localhost";
            }
        }
    }

    private Lease(Storage storage, Terms terms, Clock clock, Holder holder) {
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
        Holder self = Holder.ofThisProcess(application, clock.instant());
        if (!storage.create(FILE, Json.write(self))) {
            bury(storage, terms, clock);
            if (!storage.create(FILE, Json.write(self))) {
                throw refusal(storage, terms);
            }
        }
        Lease lease = new Lease(storage, terms, clock, self);
        long millis = terms.heartbeat().toMillis();
        lease.beating = lease.heart.scheduleAtFixedRate(lease::renew, millis, millis, TimeUnit.MILLISECONDS);
        return lease;
    }

    /**
     * That the lease is still this driver's.
     *
     * @throws RefusedException if another driver has taken it over
     */
    public void requireHeld() {
        if (!isHeld()) {
            throw refusal(storage, terms);
        }
    }

    /** True if the lease is still this driver's. Once lost, it stays lost. */
    public boolean isHeld() {
        lost = lost || holder(storage).filter(this::isSelf).isEmpty();
        return !lost;
    }

    /** Gives the lease back. */
    @Override
    public void close() {
        if (beating != null) {
            beating.cancel(false);
        }
        heart.shutdownNow();
        if (holder(storage).filter(this::isSelf).isPresent()) {
            storage.delete(FILE);
        }
    }

    /** Who holds a directory, in words; empty if nobody alive does. */
    public static Optional<String> describe(Storage storage) {
        return holder(storage)
                .filter(holder -> !holder.isGone() && !holder.looksDead(Instant.now(), Terms.STANDARD.expiry()))
                .map(Lease::inWords);
    }

    private void renew() {
        try {
            if (holder(storage).filter(this::isSelf).isPresent()) {
                storage.replace(FILE, Json.write(holder.renewed(clock.instant())));
            } else {
                lost = true;
            }
        } catch (UncheckedIOException e) {
            // the next heartbeat may do better; requireHeld decides before anything is committed
        }
    }

    private boolean isSelf(Holder other) {
        return other.token().equals(holder.token());
    }

    /** Moves a dead lease out of the way: by a rename, which only one of two drivers can do. */
    private static void bury(Storage storage, Terms terms, Clock clock) {
        Optional<Holder> there = holder(storage);
        if (there.isPresent() && !isDead(there.get(), storage, terms, clock)) {
            throw refusal(storage, terms);
        }
        String grave = ".lease-dead-" + UUID.randomUUID();
        try {
            storage.rename(FILE, grave);
        } catch (UncheckedIOException e) {
            return; // another driver was faster; creating the new one decides
        }
        boolean buriedAlive = storage.read(grave)
                .map(json -> Json.read(json, Holder.class))
                .filter(buried -> there.filter(seen -> seen.token().equals(buried.token()))
                        .isEmpty())
                .isPresent();
        if (buriedAlive) {
            storage.rename(grave, FILE);
        } else {
            storage.delete(grave);
        }
    }

    private static boolean isDead(Holder holder, Storage storage, Terms terms, Clock clock) {
        if (holder.isGone() || !holder.looksDead(clock.instant(), terms.expiry())) {
            return holder.isGone();
        }
        try {
            Thread.sleep(terms.watch().toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return holder(storage)
                .filter(later -> later.token().equals(holder.token()))
                .filter(later -> later.heartbeat().equals(holder.heartbeat()))
                .isPresent();
    }

    private static Optional<Holder> holder(Storage storage) {
        return storage.read(FILE).filter(json -> !json.isBlank()).map(json -> Json.read(json, Holder.class));
    }

    private static RefusedException refusal(Storage storage, Terms terms) {
        String who = holder(storage).map(Lease::inWords).orElse("another driver");
        return new RefusedException(
                "%s is held by %s; wait for it, or end it: a driver that is gone is noticed after %d seconds at most."
                        .formatted(
                                storage.location(""),
                                who,
                                terms.expiry().plus(terms.watch()).toSeconds()));
    }

    private static String inWords(Holder holder) {
        return "%s (process %d on %s), since %s"
                .formatted(holder.application(), holder.pid(), holder.host(), holder.since());
    }
}
