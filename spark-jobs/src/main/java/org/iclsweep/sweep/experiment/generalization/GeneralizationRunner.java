package org.iclsweep.sweep.experiment.generalization;

import ai.djl.Device;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.TrainingRuns;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;

/** Runs a batch of trainings of one shape in one computation. */
record GeneralizationRunner(GeneralizationSpecification specification, Device device)
        implements TrialRunner<GeneralizationTrial> {

    @Override
    public List<GeneralizationResult> run(List<GeneralizationTrial> batch) {
        long began = System.nanoTime();
        List<RunOutcome> outcomes = TrainingRuns.run(
                batch.stream().map(trial -> trial.variant().settings()).toList(),
                batch.stream().mapToLong(GeneralizationTrial::seed).toArray(),
                specification.evaluations(),
                specification.measureEvery(),
                device);
        double seconds = (System.nanoTime() - began) / 1e9 / batch.size();
        return IntStream.range(0, batch.size())
                .mapToObj(i -> result(batch.get(i), outcomes.get(i), seconds))
                .toList();
    }

    @Override
    public TrialOutcome failed(GeneralizationTrial trial, ErrorCode code, String message) {
        return new GeneralizationResult(trial, null, code, message, null);
    }

    private static GeneralizationResult result(GeneralizationTrial trial, RunOutcome outcome, double seconds) {
        Integer diverged = outcome.divergedStep();
        if (diverged == null) {
            return new GeneralizationResult(trial, outcome, null, null, seconds);
        }
        String message =
                "the loss of step %s was more than diverged-loss = %s, or not a number; lower the learning rate"
                        .formatted(
                                diverged,
                                trial.variant().settings().optimization().diverged());
        return new GeneralizationResult(trial, outcome, ErrorCode.DIVERGED, message, seconds);
    }
}
