/** Differences between the prompted and the converted run: measures, audit, certificate, conformance. */
@NullMarked
package org.iclsweep.model.exactness;

import org.jspecify.annotations.NullMarked;
