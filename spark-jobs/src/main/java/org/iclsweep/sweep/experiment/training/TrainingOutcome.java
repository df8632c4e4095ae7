package org.iclsweep.sweep.experiment.training;

import java.util.List;
import org.iclsweep.sweep.run.TrialOutcome;

/**
 * The outcome of one training.
 *
 * @param points its learning curve; the last one of a training that failed has the reason
 */
record TrainingOutcome(TrainingTrial trial, List<CurvePoint> points) implements TrialOutcome {
    TrainingOutcome {
        points = List.copyOf(points);
    }
}
