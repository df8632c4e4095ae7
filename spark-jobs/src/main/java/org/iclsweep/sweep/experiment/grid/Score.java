package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.iclsweep.model.exactness.Answered;
import org.jspecify.annotations.Nullable;

/**
 * The quality of the answers to some queries.
 *
 * @param accuracy the part that was answered right; null for a regression and where nothing is judged
 * @param loss the mean negative log-likelihood of the right answers, in nats; of a regression, the mean squared error;
 *     null where nothing is judged
 */
public record Score(@Nullable Double accuracy, @Nullable Double loss) {

    public static Score of(List<Answered> answers) {
        Double nll = mean(answers, Answered::nll);
        return new Score(mean(answers, Score::correct), nll == null ? mean(answers, Answered::squaredError) : nll);
    }

    /** 1 for a right answer, 0 for a wrong one; null where nothing is judged. */
    public static @Nullable Double correct(Answered answer) {
        Boolean right = answer.right();
        return right == null ? null : (Double) (right ? 1.0 : 0.0);
    }

    /** True if no loss is infinite or not a number. */
    public boolean isFinite() {
        return loss == null || Double.isFinite(loss);
    }

    /** The difference between a score and {@code other}'s. */
    public Score minus(Score other) {
        return new Score(difference(accuracy, other.accuracy), difference(loss, other.loss));
    }

    private static @Nullable Double difference(@Nullable Double one, @Nullable Double other) {
        return one == null || other == null ? null : one - other;
    }

    /** The mean over the queries; null where it does not apply to them. */
    public static @Nullable Double mean(List<Answered> answers, Function<Answered, @Nullable Double> value) {
        List<Double> values = new ArrayList<>();
        for (Answered answer : answers) {
            Double one = value.apply(answer);
            if (one == null) {
                return null;
            }
            values.add(one);
        }
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }
}
