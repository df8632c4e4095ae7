/** Token mixers: how a block moves information between positions, and what it keeps of its context. */
@NullMarked
package org.iclsweep.model.mixer;

import org.jspecify.annotations.NullMarked;
