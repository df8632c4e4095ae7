/** What prompting, converting and packing cost, each measured beside what it is compared with. */
@NullMarked
package org.iclsweep.benchmarks;

import org.jspecify.annotations.NullMarked;
