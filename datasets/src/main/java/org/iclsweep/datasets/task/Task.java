package org.iclsweep.datasets.task;

import java.util.List;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;

/** Where demonstrations and queries come from. Immutable and safe for use by many threads. */
public interface Task {
    /** The task's name in the configuration and in the tables. */
    String name();

    /** SHA-256 of everything that determines a draw but the seed: the files' content or the generator's parameters. */
    String digest();

    /** The kind of the answers. */
    Kind kind();

    /** The labels' names, in the order of their indices; empty unless the task is a classification. */
    List<String> labels();

    /** One more than the greatest token id that a draw may have; 0 for tasks of texts and vectors. */
    default int vocabulary() {
        return 0;
    }

    /** Largest number of distinct demonstrations of a draw; {@link Long#MAX_VALUE} if unlimited. */
    long available();

    /** Largest number of distinct queries of a draw; {@link Long#MAX_VALUE} if unlimited. */
    default long availableQueries() {
        return Long.MAX_VALUE;
    }

    /**
     * Draws examples; a pure function of the task's content and the arguments. The first k demonstrations of a longer
     * draw are those of the draw of k, and the queries do not depend on the number of demonstrations.
     *
     * @throws IllegalArgumentException if more is asked for than is available
     */
    Draw draw(long seed, int demonstrations, Sampling sampling, int queries);

    /**
     * Refuses a draw of more than there is.
     *
     * @throws IllegalArgumentException if more is asked for than is available
     */
    default void requireAvailable(int demonstrations, int queries) {
        if (demonstrations > available() || queries > availableQueries()) {
            throw new IllegalArgumentException(
                    "task %s: expected at most %s demonstrations and %s queries, found %s and %s; take fewer"
                            .formatted(name(), available(), availableQueries(), demonstrations, queries));
        }
    }

    /** The kind of a task's answers. */
    enum Kind {
        /** One of the task's labels. */
        CLASSIFICATION,
        /** One of the choices that each example has of its own. */
        CHOICE,
        /** Numbers. */
        REGRESSION,
        /** Tokens that follow the input. */
        TOKENS
    }

    /** Drawn demonstrations and queries; the queries have the right answers. */
    record Draw(List<Demonstration> demonstrations, List<Demonstration> queries) {
        public Draw {
            demonstrations = List.copyOf(demonstrations);
            queries = List.copyOf(queries);
        }
    }
}
