package org.iclsweep.sweep.experiment.metaoptimizer;

import java.util.Comparator;
import java.util.Objects;
import org.iclsweep.sweep.experiment.grid.Score;

/** The learning rate that is taken, of those of a variant: by its score on the validation queries. */
public enum RateChoice {
    /** The smallest loss. */
    LOSS {
        @Override
        Comparator<Score> bestFirst() {
            return BY_LOSS;
        }
    },
    /** The most right answers; of equals, as few queries have many, the smallest loss. */
    ACCURACY {
        @Override
        Comparator<Score> bestFirst() {
            return Comparator.comparingDouble((Score score) -> -Objects.requireNonNull(score.accuracy()))
                    .thenComparing(BY_LOSS);
        }
    };

    private static final Comparator<Score> BY_LOSS =
            Comparator.comparingDouble(score -> Objects.requireNonNull(score.loss()));

    /** The order of scores, the one that is taken first. */
    abstract Comparator<Score> bestFirst();
}
