package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The estimated size of a grid: a line for each model and task, and the totals of all trials.
 *
 * @param tokens of contexts and queries
 * @param flops floating-point operations of the trials whose contexts are not too long
 */
public record GridEstimate(List<String> lines, double tokens, double flops) {
    private static final String HEAD = "%n%-24s %-20s %9s %12s %10s %10s %9s";
    private static final String LINE = "%-24s %-20s %9d %12d %10.1f %10.1f %8.1f%%";

    public GridEstimate {
        lines = List.copyOf(lines);
    }

    /** Samples the demonstration sets of every model and task; no model is run. */
    public static GridEstimate of(GridSpecification grid) {
        GridPlan plan = new GridPlan(grid);
        List<String> lines = new ArrayList<>(List.of(String.format(
                Locale.ROOT, HEAD, "model", "task", "trials", "parameters", "context", "queries", "too long")));
        double tokens = 0;
        double flops = 0;
        for (ModelSpec model : grid.models()) {
            for (TaskSpec task : grid.tasks().stream().filter(model::isRunOn).toList()) {
                PlanEstimate estimate = PlanEstimate.of(grid, model, task);
                long trials = plan.size(model, task);
                tokens += trials * (estimate.contextTokens() + estimate.queryTokens());
                flops += trials * (1 - estimate.tooLong()) * estimate.flopsPerTrial();
                lines.add(String.format(
                        Locale.ROOT,
                        LINE,
                        model.name(),
                        task.name(),
                        trials,
                        estimate.parameters(),
                        estimate.contextTokens(),
                        estimate.queryTokens(),
                        100 * estimate.tooLong()));
            }
        }
        return new GridEstimate(lines, tokens, flops);
    }
}
