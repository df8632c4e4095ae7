/** Checkpoints in the Hugging Face layout: configuration, safetensors, digest. No mathematics. */
@NullMarked
package org.iclsweep.model.checkpoint;

import org.jspecify.annotations.NullMarked;
