/** What makes a draw the same on every machine: seeded random streams and digests of content. Imports the JDK only. */
@NullMarked
package org.iclsweep.datasets.reproducible;

import org.jspecify.annotations.NullMarked;
