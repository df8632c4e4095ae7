package org.iclsweep.sweep.job;

import org.iclsweep.sweep.table.Counts;

/**
 * How a sweep ended.
 *
 * @param counts the committed rows
 */
public record SweepOutcome(ExitCode exit, Counts counts, String message) {}
