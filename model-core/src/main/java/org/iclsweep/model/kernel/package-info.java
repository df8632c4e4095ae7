/** Sequence kernels of the mixers: chunked scans, decays, delta rule, short convolutions, online softmax. */
@NullMarked
package org.iclsweep.model.kernel;

import org.jspecify.annotations.NullMarked;
