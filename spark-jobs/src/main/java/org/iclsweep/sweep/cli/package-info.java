/** The command line. */
@NullMarked
package org.iclsweep.sweep.cli;

import org.jspecify.annotations.NullMarked;
