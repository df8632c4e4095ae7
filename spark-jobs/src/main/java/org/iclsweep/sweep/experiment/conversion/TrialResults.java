package org.iclsweep.sweep.experiment.conversion;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.QueryErrors;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.sweep.experiment.conversion.TrialResult.BiasSize;
import org.iclsweep.sweep.experiment.conversion.TrialResult.Exactness;
import org.iclsweep.sweep.experiment.conversion.TrialResult.LayerMeasure;
import org.iclsweep.sweep.experiment.conversion.TrialResult.Prediction;
import org.iclsweep.sweep.experiment.conversion.TrialResult.ThreeWays;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.EvaluationSpec;
import org.iclsweep.sweep.experiment.grid.Flag;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.run.Seconds;
import org.jspecify.annotations.Nullable;

/** From what was measured of every query to the measures of a trial. */
public final class TrialResults {
    /** A normaliser whose terms cancel to less than this part of their sum is remarked: it costs three digits. */
    private static final double ILL_CONDITIONED = 1e-3;

    private TrialResults() {}

    static TrialResult of(
            EncodedTrial member,
            Measurement measured,
            Seconds share,
            @Nullable Double audit,
            EvaluationSpec evaluation,
            List<String> labels) {
        List<Flag> flags = new ArrayList<>(member.flags());
        Measurement.Conditioning least = measured.leastConditioning();
        if (least != null && least.value() < ILL_CONDITIONED) {
            flags.add(new Flag(Flag.Code.ILL_CONDITIONED, least.layer(), least.value()));
        }
        return new TrialResult(
                member.trial(),
                member.set(),
                member.contextTokens(),
                member.queries().size(),
                flags,
                exactness(measured.errors()),
                ways(measured, answered -> answered.right() == null ? null : answered.right() ? 1.0 : 0.0),
                ways(measured, Answered::nll),
                ways(measured, Answered::squaredError),
                new BiasSize(measured.biasParameters(), measured.biasBytes(), measured.addedFlops()),
                audit,
                evaluation.layers() ? layers(measured) : null,
                evaluation.predictions() ? predictions(member, measured, labels) : null,
                share);
    }

    private static Exactness exactness(List<QueryErrors> errors) {
        return new Exactness(
                errors.stream().mapToDouble(QueryErrors::maxAbsolute).max().orElse(0),
                errors.stream().mapToDouble(QueryErrors::relative).max().orElse(0),
                mean(errors.stream().mapToDouble(QueryErrors::relative)),
                mean(errors.stream().mapToDouble(QueryErrors::meanKl)),
                errors.stream().mapToDouble(QueryErrors::maxKl).max().orElse(0),
                mean(errors.stream().mapToDouble(QueryErrors::topAgreement)));
    }

    private static double mean(DoubleStream values) {
        return values.average().orElse(0);
    }

    private static ThreeWays ways(Measurement measured, Function<Answered, @Nullable Double> value) {
        return new ThreeWays(
                Score.mean(measured.zeroShot(), value),
                Score.mean(measured.prompted(), value),
                Score.mean(measured.converted(), value));
    }

    private static List<LayerMeasure> layers(Measurement measured) {
        return measured.layers().stream()
                .map(layer -> new LayerMeasure(layer.layer(), layer.stateNorm(), layer.outputMaxAbsoluteError()))
                .toList();
    }

    private static List<Prediction> predictions(EncodedTrial member, Measurement measured, List<String> labels) {
        List<Prediction> predictions = new ArrayList<>();
        for (int q = 0; q < member.queries().size(); q++) {
            EncodedQuery query = member.queries().get(q);
            predictions.add(new Prediction(
                    query.id(),
                    gold(query, labels),
                    shown(measured.zeroShot().get(q), labels),
                    shown(measured.prompted().get(q), labels),
                    shown(measured.converted().get(q), labels),
                    measured.prompted().get(q).margin(),
                    measured.converted().get(q).margin()));
        }
        return predictions;
    }

    private static @Nullable String gold(EncodedQuery query, List<String> labels) {
        if (query.judgement() instanceof EncodedQuery.Choice choice) {
            return labels.get(choice.gold());
        } else if (query.judgement() instanceof EncodedQuery.Following following) {
            return Integer.toString(following.tokens()[0]);
        }
        return null;
    }

    private static @Nullable String shown(Answered answered, List<String> labels) {
        if (answered.predicted() == null) {
            return null;
        }
        int predicted = Objects.requireNonNull(answered.predicted());
        return labels.isEmpty() ? Integer.toString(predicted) : labels.get(predicted);
    }
}
