/**
 * The SQL macros of the aggregates, the report and the comparison of sweeps. Reads tables through DuckDB; imports no
 * Spark and no kind of sweep.
 */
@NullMarked
package org.iclsweep.sweep.report;

import org.jspecify.annotations.NullMarked;
