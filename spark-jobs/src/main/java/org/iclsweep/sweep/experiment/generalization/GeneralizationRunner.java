package org.iclsweep.sweep.experiment.generalization;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.TrainingRuns;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.UnfitMachineException;

/** Runs a batch of trainings in one computation; if that fails, one by one, so that none takes others with it. */
public final class GeneralizationRunner {
    private final GeneralizationSweep sweep;
    private final Device device;

    /** @param device {@code cpu}, or {@code gpu:ADDRESS} */
    public GeneralizationRunner(GeneralizationSweep sweep, String device) {
        this.sweep = sweep;
        this.device = device.startsWith("gpu:") ? Device.gpu(Integer.parseInt(device.substring(4))) : Device.cpu();
    }

    /** One result for each training, in the same order. */
    public List<GeneralizationResult> run(List<GeneralizationTrial> batch) {
        long began = System.nanoTime();
        try {
            List<RunOutcome> outcomes = TrainingRuns.run(
                    batch.stream().map(trial -> trial.variant().settings()).toList(),
                    batch.stream().mapToLong(GeneralizationTrial::seed).toArray(),
                    sweep.evaluations(),
                    sweep.measureEvery(),
                    device);
            double seconds = (System.nanoTime() - began) / 1e9 / batch.size();
            List<GeneralizationResult> results = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                results.add(result(batch.get(i), outcomes.get(i), seconds));
            }
            return results;
        } catch (LinkageError e) {
            throw UnfitMachineException.of(e);
        } catch (RuntimeException | OutOfMemoryError e) {
            return afterFailure(batch, e, (System.nanoTime() - began) / 1e9);
        }
    }

    private List<GeneralizationResult> afterFailure(
            List<GeneralizationTrial> batch, Throwable failure, double seconds) {
        if (batch.size() == 1) {
            String message = String.valueOf(failure.getMessage());
            boolean memory = failure instanceof OutOfMemoryError
                    || message.toLowerCase(Locale.ROOT).contains("allocate memory")
                    || message.toLowerCase(Locale.ROOT).contains("out of memory");
            ErrorCode code = memory ? ErrorCode.OUT_OF_MEMORY : ErrorCode.INTERNAL;
            return List.of(new GeneralizationResult(batch.get(0), null, code, failure.toString(), seconds));
        }
        List<GeneralizationResult> results = new ArrayList<>();
        batch.forEach(trial -> results.addAll(run(List.of(trial))));
        return results;
    }

    private static GeneralizationResult result(GeneralizationTrial trial, RunOutcome outcome, double seconds) {
        Integer diverged = outcome.divergedStep();
        if (diverged == null) {
            return new GeneralizationResult(trial, outcome, null, null, seconds);
        }
        String message =
                "the loss of step %d was more than diverged-loss = %s, or not a number; lower the learning rate"
                        .formatted(
                                diverged,
                                trial.variant().settings().optimization().diverged());
        return new GeneralizationResult(trial, outcome, ErrorCode.DIVERGED, message, seconds);
    }
}
