/**
 * Arithmetic on arrays that knows no model nor other room: norms, heads, feature maps, triangular solves, gradients.
 */
@NullMarked
package org.iclsweep.model.tensor;

import org.jspecify.annotations.NullMarked;
