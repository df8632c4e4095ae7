/** Sweeps of kind influence: the effect of each demonstration of a set. */
@NullMarked
package org.iclsweep.sweep.experiment.influence;

import org.jspecify.annotations.NullMarked;
