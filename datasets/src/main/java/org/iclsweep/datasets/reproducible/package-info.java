/** Seeded random streams and digests of content, by which a draw is the same on every machine. Imports the JDK only. */
@NullMarked
package org.iclsweep.datasets.reproducible;

import org.jspecify.annotations.NullMarked;
