package org.iclsweep.sweep.job;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import sun.misc.Signal;

/**
 * SIGTERM, SIGHUP and SIGINT: the current wave is settled, committed if it gets done in time and dropped otherwise. A
 * shutdown hook would come too late: Spark's own stops the context at the same time.
 */
public final class StopSignal {
    private static final Duration GRACE = Duration.ofSeconds(24);
    private static final Duration LAST_WORD = Duration.ofSeconds(5);

    private final AtomicReference<ExitCode> requested = new AtomicReference<>();
    private volatile boolean over;

    /** A signal that nobody sends: for runs inside another program. */
    public static StopSignal never() {
        return new StopSignal();
    }

    /** Listens to this process's signals. */
    static StopSignal ofThisProcess(Runnable abandonWork) {
        StopSignal stop = new StopSignal();
        // The end of a terminal or of its connection; under nohup the virtual machine leaves it ignored.
        Signal.handle(new Signal("HUP"), signal -> stop.request(ExitCode.TERMINATED, abandonWork));
        Signal.handle(new Signal("TERM"), signal -> stop.request(ExitCode.TERMINATED, abandonWork));
        Signal.handle(new Signal("INT"), signal -> stop.request(ExitCode.INTERRUPTED, abandonWork));
        return stop;
    }

    /** The exit code that was asked for, if anybody has asked. */
    Optional<ExitCode> requested() {
        return Optional.ofNullable(requested.get());
    }

    /** Asks for the end of the run behind its current wave; false if that was asked before. */
    boolean request(ExitCode exit) {
        return requested.compareAndSet(null, exit);
    }

    /** Asks for the end of the run; its work is abandoned where it is not settled in time. */
    void requestWithin(ExitCode exit, Runnable abandonWork) {
        if (!request(exit)) {
            return;
        }
        Thread watch = new Thread(
                () -> {
                    try {
                        Thread.sleep(GRACE.toMillis());
                        if (!over) {
                            abandonWork.run();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "early end");
        watch.setDaemon(true);
        watch.start();
    }

    /** The run is over: nothing is abandoned any more. */
    void over() {
        over = true;
    }

    private void request(ExitCode exit, Runnable abandonWork) {
        // Said first: a run with nothing to settle ends as soon as it sees the request.
        if (requested().isEmpty()) {
            System.err.println("stopping: the current wave is being settled");
        }
        if (!request(exit)) {
            return;
        }
        Thread watch = new Thread(() -> settle(exit, abandonWork), "settle");
        watch.setDaemon(true);
        watch.start();
    }

    private static void settle(ExitCode exit, Runnable abandonWork) {
        try {
            Thread.sleep(GRACE.toMillis());
            abandonWork.run();
            Thread.sleep(LAST_WORD.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(exit.code());
    }
}
