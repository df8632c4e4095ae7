package org.iclsweep.sweep.experiment.order;

import java.util.List;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Spread;
import org.jspecify.annotations.Nullable;

/**
 * The effect of the order of a demonstration set.
 *
 * @param best the order with the least loss, the first of equals; null where nothing is judged
 * @param worst the order with the greatest loss
 * @param disagreement the mean over the queries of the part of the orders whose answer is not the most frequent one;
 *     null where nothing is predicted
 */
public record OrderResult(
        long orders,
        boolean all,
        Score drawn,
        @Nullable Spread accuracy,
        @Nullable Spread loss,
        @Nullable Ordered best,
        @Nullable Ordered worst,
        @Nullable Double disagreement) {

    /**
     * One order.
     *
     * @param positions of its demonstrations in the order in which the set was drawn
     */
    public record Ordered(List<Long> positions, Score score) {
        public Ordered {
            positions = List.copyOf(positions);
        }
    }
}
