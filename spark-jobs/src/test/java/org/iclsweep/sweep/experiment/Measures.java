package org.iclsweep.sweep.experiment;

import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.QueryErrors;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.run.TrialOutcome;

/** The outcomes of trials as a test knows them to be. */
public final class Measures {
    private Measures() {}

    /** The trial with its measures. */
    @SuppressWarnings("unchecked")
    public static <M> MeasuredTrial<M> of(TrialOutcome outcome) {
        return (MeasuredTrial<M>) outcome;
    }

    /** The comparison of a trial that was run prompted too. */
    public static Measurement.Comparison comparison(Measurement of) {
        return Objects.requireNonNull(of.comparison());
    }

    /** The largest error of a query. */
    public static double largest(Measurement of, ToDoubleFunction<QueryErrors> error) {
        return comparison(of).errors().stream().mapToDouble(error).max().orElseThrow();
    }

    /** The mean error of the queries. */
    public static double mean(Measurement of, ToDoubleFunction<QueryErrors> error) {
        return comparison(of).errors().stream().mapToDouble(error).average().orElseThrow();
    }
}
