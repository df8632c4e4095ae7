/** Sweeps of kind state-tuning: context states tuned by gradient descent, beside other starts. */
@NullMarked
package org.iclsweep.sweep.experiment.tuning;

import org.jspecify.annotations.NullMarked;
