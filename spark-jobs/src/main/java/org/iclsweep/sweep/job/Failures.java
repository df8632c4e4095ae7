package org.iclsweep.sweep.job;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Credentials;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.FullDisk;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.RefusedException;

/** The failure that ended a sweep, and its exit code. */
public final class Failures {
    private static final String MAKE_ROOM = "the disk is full: make room, then run again to go on";

    /** The system property with which failures are printed with their stack traces. */
    public static final String DEBUG = "icl.sweep.debug";

    private Failures() {}

    /** Prints the one line that a user needs; the stack trace too, for those who ask for it. */
    public static void print(Throwable failure, ExitCode exit, PrintWriter err) {
        err.println(Credentials.removed(message(failure)));
        if (Boolean.getBoolean(DEBUG)) {
            failure.printStackTrace(err);
        } else if (exit == ExitCode.FAILED && !(failure instanceof WaveFailedException)) {
            err.println("--debug prints where this came from.");
        }
        err.flush();
    }

    /** A wave that could not be finished: which trials, and why. */
    static RuntimeException ofWave(Wave wave, SweepPlan<?, ?> plan, Exception cause) {
        if (cause instanceof RuntimeException known && exit(cause) != ExitCode.FAILED) {
            return known;
        }
        return new WaveFailedException(
                "wave %s (trials %s to %s, %s to %s) could not be finished: %s; %s"
                        .formatted(
                                wave.index(),
                                wave.first(),
                                wave.end() - 1,
                                plan.id(wave.first()),
                                plan.id(wave.end() - 1),
                                firstLine(root(cause)),
                                advice(cause)),
                cause);
    }

    /** A Spark that could not be started. */
    static RuntimeException ofStart(String master, Exception cause) {
        return new UnfitMachineException(
                "spark.master: expected a Spark that starts with %s, found %s; correct the settings of Spark (docs/how-to/cluster.md)"
                        .formatted(master, firstLine(root(cause))),
                cause);
    }

    /** Executors that cannot run trials, or could not be asked. */
    static RuntimeException ofPreflight(Exception cause) {
        return new WaveFailedException(
                unfit(cause)
                        .orElseGet(() -> "the executors could not be checked: %s; %s"
                                .formatted(firstLine(root(cause)), advice(cause))),
                cause);
    }

    /** The exit code of a failure. */
    public static ExitCode exit(Throwable failure) {
        if (failure instanceof InputException
                || failure instanceof WrongSettingException
                || failure instanceof UnsupportedOperationException) {
            return ExitCode.WRONG_INPUT;
        }
        if (failure instanceof RefusedException) {
            return ExitCode.REFUSED;
        }
        return unfit(failure).isPresent() ? ExitCode.UNFIT_MACHINE : ExitCode.FAILED;
    }

    /** The one message that a user needs. */
    public static String message(Throwable failure) {
        return unfit(failure).orElseGet(() -> {
            String message = failure.getMessage();
            String said = message == null ? failure.toString() : message;
            return failure instanceof UncheckedIOException && FullDisk.isBehind(failure)
                    ? said + ": " + MAKE_ROOM
                    : said;
        });
    }

    /** An executor's exception comes back as itself, or only as text. */
    private static Optional<String> unfit(Throwable failure) {
        Optional<String> itself = causes(failure)
                .filter(UnfitMachineException.class::isInstance)
                .map(cause -> String.valueOf(cause.getMessage()))
                .findFirst();
        String name = UnfitMachineException.class.getName() + ": ";
        return itself.or(() -> causes(failure)
                .map(cause -> String.valueOf(cause.getMessage()))
                .filter(message -> message.contains(name))
                .map(message -> message.substring(message.indexOf(name) + name.length())
                        .lines()
                        .findFirst()
                        .orElse(""))
                .findFirst());
    }

    private static String advice(Throwable failure) {
        String again = "run again to go on";
        if (FullDisk.isBehind(failure)) {
            return MAKE_ROOM;
        }
        return causes(failure)
                .flatMap(cause -> LostExecutors.hint(String.valueOf(cause.getMessage())).stream())
                .findFirst()
                .map(hint -> hint + ", then " + again)
                .orElse(again);
    }

    private static Throwable root(Throwable failure) {
        return causes(failure).reduce(failure, (first, second) -> second);
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause);
    }

    private static String firstLine(Throwable failure) {
        return failure.toString().lines().findFirst().orElse("");
    }

    /** A wave that could not be finished. */
    static final class WaveFailedException extends RuntimeException {
        WaveFailedException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
