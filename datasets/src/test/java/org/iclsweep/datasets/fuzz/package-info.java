/** Damaged inputs for readers. For the tests of all modules. */
@NullMarked
package org.iclsweep.datasets.fuzz;

import org.jspecify.annotations.NullMarked;
