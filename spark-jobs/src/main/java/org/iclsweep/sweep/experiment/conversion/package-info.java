/** Sweeps of kind conversion: the exactness of prompts turned into weights. */
@NullMarked
package org.iclsweep.sweep.experiment.conversion;

import org.jspecify.annotations.NullMarked;
