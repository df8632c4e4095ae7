/** Conversion methods, which make a context part of a model, and converted models. */
@NullMarked
package org.iclsweep.model.conversion;

import org.jspecify.annotations.NullMarked;
