/** The only place where text becomes tokens: prompts, encoder, tokenisers. */
@NullMarked
package org.iclsweep.model.prompt;

import org.jspecify.annotations.NullMarked;
