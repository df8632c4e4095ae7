package org.iclsweep.sweep.experiment.training;

import java.util.List;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.table.RunFacts;

/**
 * The source of a row of the table {@code training_curve}.
 *
 * @param sweep the sweep's name
 * @param model the trained model
 */
record CurveRow(String sweep, int wave, String model, TrainingTrial trial, CurvePoint point, RunFacts run) {
    /** One row for each point of a training's curve. */
    static List<CurveRow> of(Recorded recorded) {
        TrainingOutcome outcome = (TrainingOutcome) recorded.outcome();
        String model = ((TrainingSpecification) recorded.sweep().specification()).model();
        return outcome.points().stream()
                .map(point -> new CurveRow(
                        recorded.sweep().name(), recorded.wave(), model, outcome.trial(), point, recorded.run()))
                .toList();
    }
}
