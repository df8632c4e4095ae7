/**
 * Arithmetic on arrays that knows no model: norms, activations, heads, feature maps, triangular solves, gradients.
 * Imports no other room.
 */
@NullMarked
package org.iclsweep.model.tensor;

import org.jspecify.annotations.NullMarked;
