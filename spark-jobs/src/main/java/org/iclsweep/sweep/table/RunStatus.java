package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import java.util.Optional;
import org.iclsweep.datasets.fault.Credentials;

/**
 * The progress and the end of a sweep: {@code run-status.json}, for schedulers, because an exit code does not always
 * reach them. Instants in ISO 8601, in UTC.
 *
 * @param state running, done, failed or interrupted
 * @param exitCode that of the last driver; -1 while it runs
 * @param message the cause of its end; empty where there is none
 * @param trialsDone the trials that are committed
 * @param trialsFinished the trials that tasks have finished, committed or not
 * @param wavesDone the waves that are committed
 */
public record RunStatus(
        @JsonProperty("state") String state,
        @JsonProperty("exit_code") int exitCode,
        @JsonProperty("message") String message,
        @JsonProperty("application") String application,
        @JsonProperty("plan_digest") String planDigest,
        @JsonProperty("trials") long trials,
        @JsonProperty("trials_done") long trialsDone,
        @JsonProperty("trials_failed") long trialsFailed,
        @JsonProperty("trials_finished") long trialsFinished,
        @JsonProperty("trials_finished_failed") long trialsFinishedFailed,
        @JsonProperty("waves_done") int wavesDone,
        @JsonProperty("started_at") String startedAt,
        @JsonProperty("updated_at") String updatedAt) {
    public static final String RUNNING = "running";
    public static final String DONE = "done";
    public static final String FAILED = "failed";
    public static final String INTERRUPTED = "interrupted";
    public static final int NO_EXIT_CODE = -1;
    static final String FILE = "run-status.json";

    /** @throws NullPointerException without a state, a message or a time: a status that is damaged */
    public RunStatus {
        Objects.requireNonNull(state);
        message = Credentials.removed(Objects.requireNonNull(message));
        Objects.requireNonNull(updatedAt);
    }

    /** Writes it into the directory. */
    public void write(Storage storage) {
        storage.replace(FILE, CheckedJson.write(this));
    }

    /** The status of the directory; empty if no driver has written one, or if it cannot be read, which is told. */
    public static Optional<RunStatus> read(Storage storage) {
        return storage.read(FILE).flatMap(json -> {
            try {
                return Optional.of(CheckedJson.read(json, RunStatus.class));
            } catch (CheckedJson.DamagedException e) {
                System.err.printf(
                        "%s: expected the status of a run, %s; the next driver writes it anew%n",
                        storage.location(FILE), e.getMessage());
                return Optional.empty();
            }
        });
    }

    /** The end of the last driver, in words. */
    public String lastWords() {
        return state.equals(RUNNING)
                ? "died without an exit code; last sign of life at " + updatedAt
                : "%s with exit code %s at %s: %s".formatted(state, exitCode, updatedAt, message);
    }
}
