/** One place per table: record, schema, version, commit. */
@NullMarked
package org.iclsweep.sweep.table;

import org.jspecify.annotations.NullMarked;
