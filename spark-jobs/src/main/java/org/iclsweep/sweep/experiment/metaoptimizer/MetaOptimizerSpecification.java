package org.iclsweep.sweep.experiment.metaoptimizer;

import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.OnGrid;

/** The specification of a sweep of kind {@code meta-optimizer}. */
public record MetaOptimizerSpecification(GridSpecification grid, FineTuningSpec fineTuning) implements OnGrid {}
