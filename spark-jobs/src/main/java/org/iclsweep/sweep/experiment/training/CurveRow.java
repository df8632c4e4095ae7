package org.iclsweep.sweep.experiment.training;

import java.util.List;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;

/** The source of a row of the table {@code training_curve}: a point of a training's curve. */
record CurveRow(Recorded recorded, CurvePoint point) {
    /** One row for each point of a training's curve. */
    static List<CurveRow> of(Recorded recorded) {
        return ((TrainingOutcome) recorded.outcome())
                .points().stream().map(point -> new CurveRow(recorded, point)).toList();
    }

    TrainingTrial trial() {
        return ((TrainingOutcome) recorded.outcome()).trial();
    }

    /** The trained model. */
    String model() {
        return ((TrainingSpecification) recorded.sweep().specification()).model();
    }
}
