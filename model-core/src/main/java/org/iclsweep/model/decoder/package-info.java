/** The decoder: embeddings, blocks, final norm, head, and the runs that lead to logits. */
@NullMarked
package org.iclsweep.model.decoder;

import org.jspecify.annotations.NullMarked;
