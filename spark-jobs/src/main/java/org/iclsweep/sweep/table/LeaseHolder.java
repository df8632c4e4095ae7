package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * The driver that a lease names, as {@code lease.json} keeps it; never changed once it is there.
 *
 * @param token of this lease alone
 * @param application who took it, as others will read it
 * @param host for people: two containers may have one name
 * @param boot of the kernel that runs the process; empty where the system does not tell
 * @param pidNamespace in which the process id counts; empty where the system does not tell
 * @param startTicks when the process began, in the kernel's ticks since the boot, which no change of a clock moves
 * @param since when the lease was taken, ISO 8601, in UTC
 */
record LeaseHolder(
        @JsonProperty("token") String token,
        @JsonProperty("application") String application,
        @JsonProperty("host") String host,
        @JsonProperty("boot") String boot,
        @JsonProperty("pid_namespace") String pidNamespace,
        @JsonProperty("pid") long pid,
        @JsonProperty("start_ticks") String startTicks,
        @JsonProperty("since") String since) {
    private static final Path PROC = Path.of("/proc");

    /** The fields of /proc/PID/stat after the command's name, which may have spaces: the state is the first of them. */
    private static final int START_TICKS = 19;

    /** @throws NullPointerException without one of the fields: a lease that is damaged, or of an earlier version */
    LeaseHolder {
        Objects.requireNonNull(token);
        Objects.requireNonNull(application);
        Objects.requireNonNull(host);
        Objects.requireNonNull(boot);
        Objects.requireNonNull(pidNamespace);
        Objects.requireNonNull(startTicks);
        Objects.requireNonNull(since);
    }

    static LeaseHolder ofThisProcess(String application, Instant now) {
        long pid = ProcessHandle.current().pid();
        return new LeaseHolder(
                UUID.randomUUID().toString(),
                application,
                thisHost(),
                thisBoot(),
                thisNamespace(),
                pid,
                startTicks(pid).orElse(""),
                now.toString());
    }

    /** True if this process can see the holder's: by one kernel since one boot, and with the same process ids. */
    boolean isInSight() {
        return !boot.isEmpty()
                && !pidNamespace.isEmpty()
                && boot.equals(thisBoot())
                && pidNamespace.equals(thisNamespace());
    }

    /**
     * True if the process still runs; of one {@linkplain #isInSight in sight}. A process id given away does not count.
     */
    boolean isRunning() {
        return startTicks(pid).filter(startTicks::equals).isPresent();
    }

    String inWords() {
        return "%s (process %s on %s), since %s".formatted(application, pid, host, since);
    }

    private static Optional<String> startTicks(long pid) {
        return read(PROC.resolve(pid + "/stat"))
                .map(stat -> stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[START_TICKS]);
    }

    private static String thisBoot() {
        return read(PROC.resolve("sys/kernel/random/boot_id")).orElse("");
    }

    private static String thisNamespace() {
        try {
            return Files.readSymbolicLink(PROC.resolve("self/ns/pid")).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String thisHost() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
