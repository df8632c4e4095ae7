/** From a prompt to logits: configuration, weights, blocks, one small class per checkpoint layout. */
@NullMarked
package org.iclsweep.model.transformer;

import org.jspecify.annotations.NullMarked;
