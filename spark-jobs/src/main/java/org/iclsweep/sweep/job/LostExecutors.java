package org.iclsweep.sweep.job;

import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;

/** Says what to do about executors that are killed from outside: mostly for memory that is not in the Java heap. */
final class LostExecutors extends SparkListener {
    /** As a standalone worker, YARN and Kubernetes put it. */
    private static final Pattern KILLED = Pattern.compile(
            "(?:exit(?:ed)? (?:with )?(?:exit )?(?:code|status)[: ]*(137|143)\\b)|exceeding (?:\\w+ )?memory limits",
            Pattern.CASE_INSENSITIVE);

    /** Executors that Spark itself has ended: idle ones, and those of machines that are taken away in good order. */
    private static final Pattern GIVEN_BACK =
            Pattern.compile("killed by driver|decommission", Pattern.CASE_INSENSITIVE);

    private final PrintStream out;
    private boolean said;
    private final AtomicLong lost = new AtomicLong();

    LostExecutors(PrintStream out) {
        this.out = out;
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
        if (!GIVEN_BACK.matcher(removed.reason()).find()) {
            lost.incrementAndGet();
        }
        hint(removed.reason()).filter(hint -> !said).ifPresent(hint -> {
            said = true;
            out.printf("executor %s: %s%n", removed.executorId(), hint);
        });
    }

    /** The number of executors that have ended otherwise than by the driver's will. */
    long count() {
        return lost.get();
    }

    /** The remedy for an executor's end; empty if it was not killed from outside. */
    static Optional<String> hint(String reason) {
        Matcher killed = KILLED.matcher(reason);
        if (!killed.find()) {
            return Optional.empty();
        }
        String how = killed.group(1) == null ? "for its memory" : "with exit code " + killed.group(1);
        return Optional.of(
                ("it was killed from outside, %s. If its container ran out of memory: weights and batches are"
                                + " outside the Java heap; raise spark.executor.memoryOverhead (`icl-sweep plan` estimates it), or"
                                + " lower sweep.execution.batch-tokens or, of trainings, their batch")
                        .formatted(how));
    }
}
