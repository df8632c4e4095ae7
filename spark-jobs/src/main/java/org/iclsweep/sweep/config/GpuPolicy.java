package org.iclsweep.sweep.config;

/** The choice of trials between GPU and CPU. */
public enum GpuPolicy {
    /** On the CPU; no GPU is asked for. */
    OFF,
    /**
     * On the GPU that Spark gives a task, where libtorch can use it; else on the CPU, as the row's {@code run.device}
     * shows.
     */
    PREFER,
    /** On a GPU; a task without one that libtorch can use ends the sweep. */
    REQUIRE
}
