/** Demonstrations and the sets that are drawn of them, as pure functions of task, seed and index. */
@NullMarked
package org.iclsweep.datasets.demonstration;

import org.jspecify.annotations.NullMarked;
