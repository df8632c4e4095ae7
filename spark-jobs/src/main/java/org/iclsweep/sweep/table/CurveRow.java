package org.iclsweep.sweep.table;

import org.iclsweep.sweep.experiment.training.CurvePoint;
import org.iclsweep.sweep.experiment.training.TrainingTrial;

/**
 * The source of a row of the table {@code training_curve}.
 *
 * @param sweep the sweep's name
 * @param model the trained model
 */
public record CurveRow(String sweep, String model, TrainingTrial trial, CurvePoint point, RunFacts run) {}
