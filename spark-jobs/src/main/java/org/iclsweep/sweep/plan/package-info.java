/** The plan: a pure function from trial index to trial. */
@NullMarked
package org.iclsweep.sweep.plan;

import org.jspecify.annotations.NullMarked;
