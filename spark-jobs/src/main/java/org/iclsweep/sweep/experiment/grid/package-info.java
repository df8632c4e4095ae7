/** The grid of models, precisions, methods, tasks and demonstration sets that several kinds of sweeps share. */
@NullMarked
package org.iclsweep.sweep.experiment.grid;

import org.jspecify.annotations.NullMarked;
