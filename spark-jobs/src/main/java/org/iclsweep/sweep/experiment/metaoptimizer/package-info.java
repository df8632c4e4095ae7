/** Sweeps of kind meta-optimizer: in-context learning against fine-tuning (arXiv:2212.10559). */
@NullMarked
package org.iclsweep.sweep.experiment.metaoptimizer;

import org.jspecify.annotations.NullMarked;
