package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Plan;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.table.Table;

/**
 * A kind of sweep whose trials are a grid, with one row for each trial.
 *
 * @param <S> the specification: a grid, and what the kind has besides
 */
public abstract class GridExperiment<S extends OnGrid> implements Experiment<S, Trial> {
    @Override
    public final Plan<Trial> plan(S specification) {
        return new GridPlan(specification.grid());
    }

    /** The table of the kind. */
    protected abstract Table<TrialRow> table();

    @Override
    public final List<ResultTable<?>> tables() {
        return List.of(new ResultTable<>(table(), recorded -> {
            GridSpecification grid = ((OnGrid) recorded.sweep().specification()).grid();
            String labels = grid.demonstrations().labels().configName();
            return List.of(
                    new TrialRow(recorded.sweep().name(), labels, recorded.wave(), recorded.outcome(), recorded.run()));
        }));
    }

    @Override
    public List<String> estimate(SweepPlan<S, Trial> plan, long done) {
        return grid(plan).lines();
    }

    /** The estimate of the grid's models and tasks. */
    protected final GridEstimate grid(SweepPlan<S, Trial> plan) {
        return GridEstimate.of(plan.sweep().specification().grid());
    }

    /** {@code lines} with further ones. */
    protected static List<String> with(List<String> lines, String... more) {
        List<String> all = new ArrayList<>(lines);
        all.addAll(List.of(more));
        return all;
    }

    /** Formatted alike in every locale. */
    protected static String line(String format, Object... values) {
        return Objects.requireNonNull(String.format(Locale.ROOT, format, values));
    }
}
