/** Token mixers, which move information between the positions of a block, and the states of their contexts. */
@NullMarked
package org.iclsweep.model.mixer;

import org.jspecify.annotations.NullMarked;
