/** Texts that go on: token by token from a state, with or without a context. */
@NullMarked
package org.iclsweep.model.generation;

import org.jspecify.annotations.NullMarked;
