package org.iclsweep.sweep.experiment.conversion;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.Measurement.LayerError;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.sweep.experiment.grid.EvaluationSpec;
import org.jspecify.annotations.Nullable;

/**
 * The measures of a conversion.
 *
 * @param layers those of each layer; null unless asked for
 * @param predictions the answers to each query; null unless asked for
 */
public record ConversionResult(
        Measurement measured,
        @Nullable List<LayerError> layers,
        @Nullable List<Prediction> predictions) {
    /**
     * The answers to one query: a label, a choice's index, or the first token asked for; null where there is none.
     *
     * @param prompted null without a prompted run, as its margin
     * @param promptedMargin log-likelihood of the prompted run's best label minus that of its second best, in nats
     * @param convertedMargin the same of the converted run
     */
    public record Prediction(
            long queryId,
            @Nullable String gold,
            @Nullable String zeroShot,
            @Nullable String prompted,
            @Nullable String converted,
            @Nullable Double promptedMargin,
            @Nullable Double convertedMargin) {}

    /** The measures with the parts that {@code evaluation} asks for. */
    static ConversionResult of(
            Measurement measured, List<EncodedQuery> queries, List<String> labels, EvaluationSpec evaluation) {
        return new ConversionResult(
                measured,
                evaluation.layers() ? measured.layers() : null,
                evaluation.predictions() ? predictions(measured, queries, labels) : null);
    }

    private static List<Prediction> predictions(Measurement measured, List<EncodedQuery> queries, List<String> labels) {
        Measurement.Comparison comparison = measured.comparison();
        return IntStream.range(0, queries.size())
                .mapToObj(q -> {
                    Answered prompted =
                            comparison == null ? null : comparison.prompted().get(q);
                    return new Prediction(
                            queries.get(q).id(),
                            gold(queries.get(q), labels),
                            shown(measured.zeroShot().get(q), labels),
                            prompted == null ? null : shown(prompted, labels),
                            shown(measured.converted().get(q), labels),
                            prompted == null ? null : prompted.margin(),
                            measured.converted().get(q).margin());
                })
                .toList();
    }

    private static @Nullable String gold(EncodedQuery query, List<String> labels) {
        if (query.judgement() instanceof EncodedQuery.Choice choice) {
            return labels.isEmpty() ? Integer.toString(choice.gold()) : labels.get(choice.gold());
        }
        return query.judgement() instanceof EncodedQuery.Following following
                ? Integer.toString(following.tokens()[0])
                : null;
    }

    private static @Nullable String shown(Answered answered, List<String> labels) {
        Integer predicted = answered.predicted();
        if (predicted == null) {
            return null;
        }
        return labels.isEmpty() ? predicted.toString() : labels.get(predicted);
    }
}
