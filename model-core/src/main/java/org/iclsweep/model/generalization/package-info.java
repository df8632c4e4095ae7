/**
 * The in-context learning of nonlinear transformers (arXiv:2402.15607): many small trainings, computed as one batch.
 */
@NullMarked
package org.iclsweep.model.generalization;

import org.jspecify.annotations.NullMarked;
