/** Sweeps of kind order-sensitivity: the effect of the order of a set. */
@NullMarked
package org.iclsweep.sweep.experiment.order;

import org.jspecify.annotations.NullMarked;
