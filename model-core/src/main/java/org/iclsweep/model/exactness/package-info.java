/** How far two runs differ: the measures, the audit. */
@NullMarked
package org.iclsweep.model.exactness;

import org.jspecify.annotations.NullMarked;
