package org.iclsweep.sweep.run;

import java.io.Serializable;

/**
 * Where trials run: one task slot of one executor.
 *
 * @param executor the executor's id
 * @param device what it was given to compute on: {@code cpu}, or {@code gpu:ADDRESS}
 * @param threads how many threads an operation may take
 */
public record Slot(String executor, String device, int threads) implements Serializable {}
