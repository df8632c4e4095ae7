/** The costs of prompting, converting and packing, each measured beside its alternative. */
@NullMarked
package org.iclsweep.benchmarks;

import org.jspecify.annotations.NullMarked;
