package org.iclsweep.sweep.table;

import java.time.Instant;

/**
 * The circumstances of a row: the only part of it that may differ between two runs.
 *
 * @param device that its trials were computed on
 * @param threads intra-op threads of its slot: what was asked for, or less where there are fewer cores
 * @param lacksGpu true if Spark's settings ask for GPUs, and the trials were computed on the CPU for the lack of one
 */
public record RunFacts(
        String executor,
        String device,
        long threads,
        long attempt,
        Instant startedAt,
        String codeVersion,
        boolean lacksGpu) {}
