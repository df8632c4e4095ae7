package org.iclsweep.sweep.table;

/** The trials of a plan from {@code first} to before {@code end}. */
public record TrialRange(long first, long end) {}
