/** Sweeps of kind training: one training with several seeds, with and without biases. */
@NullMarked
package org.iclsweep.sweep.experiment.training;

import org.jspecify.annotations.NullMarked;
