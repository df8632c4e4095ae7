/** Kinds of sweeps: the interface, the list of all of them, and a room for each. */
@NullMarked
package org.iclsweep.sweep.experiment;

import org.jspecify.annotations.NullMarked;
