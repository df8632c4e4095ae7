/**
 * The layouts of prompts in a batch: packed rows of prompt trees, chunks of sequences; rotations and masks that depend
 * on the layout alone.
 */
@NullMarked
package org.iclsweep.model.layout;

import org.jspecify.annotations.NullMarked;
