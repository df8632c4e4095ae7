/** One batch of trials and its outcomes: failures, halving, attempt journal, model cache, device. No Spark. */
@NullMarked
package org.iclsweep.sweep.run;

import org.jspecify.annotations.NullMarked;
