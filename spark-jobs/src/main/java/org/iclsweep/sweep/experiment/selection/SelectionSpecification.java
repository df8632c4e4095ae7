package org.iclsweep.sweep.experiment.selection;

import org.iclsweep.sweep.experiment.appended.SearchSpec;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.OnGrid;

/** The specification of a sweep of kind {@code selection}. */
public record SelectionSpecification(GridSpecification grid, SearchSpec search) implements OnGrid {}
