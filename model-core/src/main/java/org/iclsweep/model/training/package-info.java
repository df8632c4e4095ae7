/** Training of small models: optimiser, schedule, episodes, trainer. */
@NullMarked
package org.iclsweep.model.training;

import org.jspecify.annotations.NullMarked;
