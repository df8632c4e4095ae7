/** Model types: the meaning of their config.json, the names and shapes of their tensors, the parts of their blocks. */
@NullMarked
package org.iclsweep.model.family;

import org.jspecify.annotations.NullMarked;
