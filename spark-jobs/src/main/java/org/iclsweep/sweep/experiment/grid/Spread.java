package org.iclsweep.sweep.experiment.grid;

import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The spread of one measure over several contexts.
 *
 * @param sd the root of the mean squared distance from the mean
 */
public record Spread(double mean, double sd, double min, double max) {

    /** The spread of a measure over {@code scores}; null where it does not apply to them. */
    public static @Nullable Spread of(List<Score> scores, Function<Score, @Nullable Double> measure) {
        if (scores.isEmpty() || scores.stream().map(measure).anyMatch(Objects::isNull)) {
            return null;
        }
        double[] values = scores.stream()
                .mapToDouble(score -> Objects.requireNonNull(measure.apply(score)))
                .toArray();
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        double mean = sum / values.length;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        DoubleSummaryStatistics bounds = DoubleStream.of(values).summaryStatistics();
        return new Spread(mean, Math.sqrt(squares / values.length), bounds.getMin(), bounds.getMax());
    }
}
