package org.iclsweep.sweep.run;

import java.io.Serializable;

/**
 * Where trials run: one task slot of one executor.
 *
 * @param executor the executor's id
 * @param device its device: {@code cpu}, or {@code gpu:ADDRESS}
 * @param threads number of threads that an operation may take
 */
public record Slot(String executor, String device, int threads) implements Serializable {}
