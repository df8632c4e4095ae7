package org.iclsweep.sweep.table;

import java.time.Instant;

/**
 * How a row came about: the only part of it that may differ between two runs.
 *
 * @param attempt which attempt at its batch gave the row, from 1
 * @param startedAt when its batch began
 */
public record RunFacts(String executor, String device, long attempt, Instant startedAt, String codeVersion) {}
