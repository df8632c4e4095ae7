package org.iclsweep.sweep.experiment.grid;

/** The settings of a kind that reads queries, or examples like them, many times in a trial. */
public interface RepeatedReading {
    /** About how many queries a trial of {@code queries} reads in all, in units of a query that is read three ways. */
    double readings(int queries);
}
