package org.iclsweep.sweep.experiment.order;

import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.OnGrid;

/**
 * The specification of a sweep of kind {@code order-sensitivity}.
 *
 * @param orders the most orders of a set that are tried; where a set has more, so many of them are drawn
 */
public record OrderSpecification(GridSpecification grid, int orders) implements OnGrid {}
