package org.iclsweep.sweep.experiment.training;

import ai.djl.Device;
import java.util.List;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.Plan;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.Stratum;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.TrialRunner;

/** {@code training}: one training with several seeds, with and without trainable biases. */
@Named(value = "training", doc = "One training with several seeds, with and without trainable biases.")
public final class TrainingExperiment implements Experiment<TrainingSpecification, TrainingTrial> {
    private static final String RESULTS = """
            SELECT model, variant, biases, bias_start, evaluation, context, count(DISTINCT seed) AS seeds, max(step) AS step,
                   round(avg(loss), 4) AS loss,
                   round(avg(accuracy), 4) AS accuracy,
                   round(avg(evaluation_loss), 4) AS evaluation_loss,
                   round(avg(evaluation_accuracy), 4) AS evaluation_accuracy
            FROM (SELECT * FROM training_curve WHERE status = 'ok' AND (loss IS NOT NULL OR evaluation IS NOT NULL)
                  QUALIFY step = max(step) OVER (PARTITION BY trial_id, evaluation, context))
            GROUP BY ALL ORDER BY ALL
            """;

    @Override
    public List<KeyBlock> keys() {
        return TrainingReader.keys();
    }

    @Override
    public SweepConfiguration<TrainingSpecification> read(SweepDocument document) {
        return TrainingReader.read(document);
    }

    @Override
    public Plan<TrainingTrial> plan(TrainingSpecification specification) {
        return specification;
    }

    @Override
    public List<ResultTable<?>> tables() {
        return List.of(new ResultTable<>(CurveColumns.TABLE, CurveRow::of));
    }

    @Override
    public TrialRunner<TrainingTrial> runner(SweepConfiguration<TrainingSpecification> sweep, Device device) {
        return new TrainingRunner(device);
    }

    @Override
    public String results() {
        return RESULTS;
    }

    /** Variants take turns in the plan: a stratum of all, of which batches of every variant are run. */
    @Override
    public List<Stratum> strata(SweepPlan<TrainingSpecification, TrainingTrial> plan) {
        return List.of(new Stratum(0, plan.size(), 1, 0, 1));
    }

    @Override
    public long steps(TrainingTrial trial) {
        return trial.variant().training().configuration().steps();
    }

    @Override
    public TrainingTrial withSteps(TrainingTrial trial, int steps) {
        return trial.withSteps(steps);
    }

    @Override
    public List<String> estimate(SweepPlan<TrainingSpecification, TrainingTrial> plan, long done) {
        TrainingSpecification specification = plan.sweep().specification();
        return List.of("trains  %s in %s variants with %s seeds each"
                .formatted(
                        specification.model(),
                        specification.variants().size(),
                        specification.seeds().size()));
    }
}
