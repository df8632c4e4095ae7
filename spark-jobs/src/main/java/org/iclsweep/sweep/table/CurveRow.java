package org.iclsweep.sweep.table;

import org.iclsweep.sweep.config.TrainingTrial;
import org.iclsweep.sweep.trial.CurvePoint;

/**
 * What a row of the table {@code training_curve} is made from.
 *
 * @param sweep the sweep's name
 * @param model what is trained
 */
public record CurveRow(String sweep, String model, TrainingTrial trial, CurvePoint point, RunFacts run) {}
