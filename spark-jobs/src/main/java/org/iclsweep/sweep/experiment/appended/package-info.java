/** Trials whose contexts are appended to states: shared by influence, order and selection. */
@NullMarked
package org.iclsweep.sweep.experiment.appended;

import org.jspecify.annotations.NullMarked;
