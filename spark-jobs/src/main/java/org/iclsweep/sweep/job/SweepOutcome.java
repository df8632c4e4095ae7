package org.iclsweep.sweep.job;

import org.iclsweep.sweep.table.Counts;

/**
 * The end of a sweep.
 *
 * @param counts the committed rows
 */
public record SweepOutcome(ExitCode exit, Counts counts, String message) {}
