/**
 * How prompts lie in a batch: packed rows of prompt trees, chunks of sequences; rotations and masks that follow from
 * that alone.
 */
@NullMarked
package org.iclsweep.model.layout;

import org.jspecify.annotations.NullMarked;
