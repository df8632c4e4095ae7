/** How nonlinear transformers learn in context (arXiv:2402.15607): many small trainings in one batched computation. */
@NullMarked
package org.iclsweep.model.generalization;

import org.jspecify.annotations.NullMarked;
