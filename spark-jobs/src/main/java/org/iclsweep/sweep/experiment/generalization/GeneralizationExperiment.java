package org.iclsweep.sweep.experiment.generalization;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.Plan;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.Stratum;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.TrialRunner;

/** {@code generalization}: how nonlinear transformers learn in context (arXiv:2402.15607). */
@Named(value = "generalization", doc = "How nonlinear transformers learn in context (arXiv:2402.15607).")
public final class GeneralizationExperiment implements Experiment<GeneralizationSpecification, GeneralizationTrial> {
    private static final String RESULTS = """
            SELECT variant, evaluation, learner, count(DISTINCT seed) AS seeds,
                   round(avg(updates)) AS updates,
                   round(avg(final_loss), 4) AS training_loss,
                   round(avg(error), 4) AS error,
                   round(avg(hinge), 4) AS hinge,
                   round(avg(converted_error), 4) AS converted_error
            FROM (SELECT * FROM generalization WHERE status = 'ok'
                  QUALIFY coalesce(step, 0) = max(coalesce(step, 0)) OVER (PARTITION BY trial_id, evaluation, learner))
            GROUP BY ALL ORDER BY ALL
            """;

    @Override
    public List<KeyBlock> keys() {
        return GeneralizationReader.keys();
    }

    @Override
    public SweepConfiguration<GeneralizationSpecification> read(SweepDocument document) {
        return GeneralizationReader.read(document);
    }

    @Override
    public Plan<GeneralizationTrial> plan(GeneralizationSpecification specification) {
        return specification;
    }

    @Override
    public List<ResultTable<?>> tables() {
        return List.of(
                new ResultTable<>(GeneralizationColumns.GENERALIZATION, GeneralizationRow::measured),
                new ResultTable<>(
                        GeneralizationColumns.ATTENTION,
                        recorded -> GeneralizationRow.parts(recorded, RunOutcome::attended)),
                new ResultTable<>(
                        GeneralizationColumns.PRUNING,
                        recorded -> GeneralizationRow.parts(recorded, RunOutcome::pruned)));
    }

    @Override
    public TrialRunner<GeneralizationTrial> runner(
            SweepConfiguration<GeneralizationSpecification> sweep, Device device) {
        return new GeneralizationRunner(sweep.specification(), device);
    }

    @Override
    public String results() {
        return RESULTS;
    }

    /** A stratum for each run of neighbours of one shape. */
    @Override
    public List<Stratum> strata(SweepPlan<GeneralizationSpecification, GeneralizationTrial> plan) {
        GeneralizationSpecification specification = plan.sweep().specification();
        List<Stratum> strata = new ArrayList<>();
        long first = 0;
        while (first < specification.size()) {
            long end = specification.shapeEnd(first);
            strata.add(new Stratum(first, end, 1, 0, 1));
            first = end;
        }
        return strata;
    }

    @Override
    public long steps(GeneralizationTrial trial) {
        return trial.variant().settings().optimization().iterations();
    }

    @Override
    public GeneralizationTrial withSteps(GeneralizationTrial trial, int steps) {
        return trial.withIterations(steps);
    }

    @Override
    public List<String> estimate(SweepPlan<GeneralizationSpecification, GeneralizationTrial> plan, long done) {
        GeneralizationSpecification specification = plan.sweep().specification();
        List<String> lines = new ArrayList<>();
        lines.add(Experiment.line("%n%-40s %10s %12s %12s", "variant", "iterations", "prompts", "slots"));
        for (GeneralizationSpecification.Variant variant : specification.variants()) {
            RunSettings run = variant.settings();
            long iterations = run.optimization().iterations();
            long prompts = iterations * run.optimization().batch();
            lines.add(Experiment.line(
                    "%-40s %10d %12d %12d", variant.name(), iterations, prompts, prompts * (run.length() + 1)));
        }
        lines.add(Experiment.line("%n%-40s %10s %12s", "evaluation", "length", "prompts"));
        for (EvaluationSettings of : specification.evaluations()) {
            lines.add(Experiment.line("%-40s %10d %12d", of.name(), of.length(), of.prompts()));
        }
        return lines;
    }
}
