/** What a finished sweep shows. */
@NullMarked
package org.iclsweep.sweep.report;

import org.jspecify.annotations.NullMarked;
