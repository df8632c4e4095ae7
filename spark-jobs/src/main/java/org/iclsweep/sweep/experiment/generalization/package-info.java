/** Sweeps of kind generalization: how nonlinear transformers learn in context (arXiv:2402.15607). */
@NullMarked
package org.iclsweep.sweep.experiment.generalization;

import org.jspecify.annotations.NullMarked;
