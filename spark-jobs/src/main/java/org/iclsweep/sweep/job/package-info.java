/** The mains that read as the flow. */
@NullMarked
package org.iclsweep.sweep.job;

import org.jspecify.annotations.NullMarked;
