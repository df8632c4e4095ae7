package org.iclsweep.sweep.experiment;

/**
 * A model or a file of examples that a sweep reads.
 *
 * @param location an absolute path, a URI, or a name in the hub's cache
 * @param version the digest by which the plan knows it: of a model its own, of a task's file that of the task's content
 */
public record SweepInput(String location, String version) {}
