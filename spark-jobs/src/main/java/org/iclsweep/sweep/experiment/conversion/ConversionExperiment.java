package org.iclsweep.sweep.experiment.conversion;

import ai.djl.Device;
import java.util.List;
import java.util.OptionalDouble;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridEstimate;
import org.iclsweep.sweep.experiment.grid.GridExperiment;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/** {@code conversion}: the exactness of prompts turned into weights (arXiv:2406.02847). */
@Named(value = ConversionExperiment.KIND, doc = "The exactness of prompts turned into weights (arXiv:2406.02847).")
public final class ConversionExperiment extends GridExperiment {
    /** The name of the kind. */
    public static final String KIND = "conversion";

    private static final String RESULTS = """
            SELECT model, dtype,
                   CASE WHEN cardinality(method_parameters) = 0 THEN method ELSE concat(method, ' ', method_parameters) END AS method,
                   task, shots, count(*) AS sets,
                   format('{:.1e}', max(max_abs_logit_error)) AS max_logit_error,
                   round(avg(zero_shot_accuracy), 3) AS zero_shot,
                   round(avg(prompted_accuracy), 3) AS prompted,
                   round(avg(converted_accuracy), 3) AS converted,
                   round(avg(zero_shot_mse), 4) AS zero_shot_mse,
                   round(avg(prompted_mse), 4) AS prompted_mse,
                   round(avg(converted_mse), 4) AS converted_mse
            FROM trials WHERE status = 'ok' GROUP BY ALL ORDER BY ALL
            """;

    /** Bytes of a row in Parquet, about. */
    private static final double ROW_BYTES = 500;

    @Override
    protected GridSpecification specification(GridReader reader) {
        return reader.grid();
    }

    @Override
    protected Table<TrialRow> table() {
        return ConversionColumns.TABLE;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new ConversionTrialRunner(sweep.specification(), device, ModelCache.OF_THIS_JVM);
    }

    @Override
    public String results() {
        return RESULTS;
    }

    @Override
    public OptionalDouble flops(SweepPlan<GridSpecification, Trial> plan) {
        return OptionalDouble.of(GridEstimate.of(plan.sweep().specification()).flops());
    }

    @Override
    public List<String> estimate(SweepPlan<GridSpecification, Trial> plan, long done) {
        GridEstimate grid = GridEstimate.of(plan.sweep().specification());
        double left = (plan.size() - done) / (double) plan.size();
        return with(
                grid,
                Experiment.line(
                        "(mean tokens of a trial's context and of its queries, over a sample; trials with a context that is"
                                + " too long are skipped and counted as failed)%n"),
                Experiment.line("tokens  about %.3g", grid.tokens() * left),
                Experiment.line("FLOPs   about %.3g", grid.flops() * left),
                Experiment.line("bytes   about %.3g of tables", ROW_BYTES * plan.size() * left));
    }
}
