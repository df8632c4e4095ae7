/**
 * In-context learning against fine-tuning (arXiv:2212.10559): the dual form of attention and gradient descent,
 * fine-tuning on demonstrations, what a query leaves at every layer, and how alike two updates are, with the repairs of
 * later work (arXiv:2311.07772) beside the original measures. A measure that is not defined, a cosine with nothing,
 * say, is empty and never 0.
 */
@NullMarked
package org.iclsweep.model.metaoptimizer;

import org.jspecify.annotations.NullMarked;
