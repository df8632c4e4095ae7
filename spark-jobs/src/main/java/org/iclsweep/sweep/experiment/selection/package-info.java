/** Sweeps of kind selection: the best set and order out of a pool. */
@NullMarked
package org.iclsweep.sweep.experiment.selection;

import org.jspecify.annotations.NullMarked;
