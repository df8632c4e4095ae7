/** Trained models that lie beside the repository, for the tests of all modules. */
@NullMarked
package org.iclsweep.datasets.pretrained;

import org.jspecify.annotations.NullMarked;
