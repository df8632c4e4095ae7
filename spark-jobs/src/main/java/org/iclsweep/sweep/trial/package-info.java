/** One trial or batch to results or failures. No Spark here. */
@NullMarked
package org.iclsweep.sweep.trial;

import org.jspecify.annotations.NullMarked;
