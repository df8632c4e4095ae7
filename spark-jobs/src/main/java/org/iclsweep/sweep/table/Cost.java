package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a sweep as it was foretold, and as it was: {@code cost.json}. Seconds of slots are summed over all task
 * slots; the others are those of the clock, without the start of Spark.
 *
 * @param planDigest the plan that it is about
 * @param foretold null where nothing was: a sweep of a single wave that nobody has planned
 */
public record Cost(
        @JsonProperty("plan_digest") String planDigest,
        @JsonProperty("foretold") @Nullable Foretold foretold,
        @JsonProperty("taken") Taken taken) {
    static final String FILE = "cost.json";

    /**
     * The cost before the trials were run.
     *
     * @param by {@code plan} where that command measured batches, {@code run} where the run took it from its first wave
     * @param basis of the estimate, in words
     * @param trials that it is about
     * @param slots of the machine, or of the run
     * @param slotSeconds of all trials
     * @param seconds from the first trial to the last
     * @param flops floating-point operations of all trials; null where they were not told
     */
    public record Foretold(
            @JsonProperty("by") String by,
            @JsonProperty("basis") String basis,
            @JsonProperty("trials") long trials,
            @JsonProperty("slots") int slots,
            @JsonProperty("slot_seconds") double slotSeconds,
            @JsonProperty("seconds") double seconds,
            @JsonProperty("flops") @Nullable Double flops) {}

    /**
     * The cost of the waves that are committed.
     *
     * @param runs drivers that committed one of them
     * @param seconds from the start of each run to its last commit
     */
    public record Taken(
            @JsonProperty("runs") int runs,
            @JsonProperty("trials") long trials,
            @JsonProperty("slot_seconds") double slotSeconds,
            @JsonProperty("seconds") double seconds) {
        static final Taken NOTHING = new Taken(0, 0, 0, 0);

        /** With another run. */
        public Taken plus(Taken other) {
            return new Taken(
                    runs + other.runs, trials + other.trials, slotSeconds + other.slotSeconds, seconds + other.seconds);
        }
    }

    /** The cost of a plan of which nothing is known yet. */
    public static Cost unknown(String planDigest) {
        return new Cost(planDigest, null, Taken.NOTHING);
    }

    /** The cost in the directory; empty where it is not there, or cannot be read, which is told. */
    public static Optional<Cost> read(Storage storage) {
        return storage.read(FILE).flatMap(json -> {
            try {
                return Optional.of(Json.read(json, Cost.class));
            } catch (UncheckedIOException e) {
                System.err.println(storage.location(FILE)
                        + ": expected the cost of a sweep, found text that is none; the next run writes it anew");
                return Optional.empty();
            }
        });
    }

    /** The cost in the directory; unknown where it is about another plan. */
    public static Cost of(Storage storage, String planDigest) {
        return read(storage)
                .filter(there -> there.planDigest.equals(planDigest))
                .orElse(unknown(planDigest));
    }

    /** The same, foretold. */
    public Cost foretold(Foretold estimate) {
        return new Cost(planDigest, estimate, taken);
    }

    /** The same with what was taken. */
    public Cost taken(Taken sum) {
        return new Cost(planDigest, foretold, sum);
    }

    /** Writes it into the directory. */
    public void write(Storage storage) {
        storage.replace(FILE, Json.write(this));
    }
}
