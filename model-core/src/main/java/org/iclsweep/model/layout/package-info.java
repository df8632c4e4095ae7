/** The layouts of prompts in a batch, packed prompt trees or chunks of sequences, and their rotations and masks. */
@NullMarked
package org.iclsweep.model.layout;

import org.jspecify.annotations.NullMarked;
