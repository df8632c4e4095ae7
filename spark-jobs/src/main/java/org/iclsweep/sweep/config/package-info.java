/** A sweep's configuration: HOCON to records, every fault in one message. */
@NullMarked
package org.iclsweep.sweep.config;

import org.jspecify.annotations.NullMarked;
