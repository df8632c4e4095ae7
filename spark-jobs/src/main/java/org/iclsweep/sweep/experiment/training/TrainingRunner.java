package org.iclsweep.sweep.experiment.training;

import ai.djl.Device;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.iclsweep.model.training.DivergenceException;
import org.iclsweep.model.training.EvaluationReport;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.model.training.Training;
import org.iclsweep.model.training.TrainingLog;
import org.iclsweep.sweep.experiment.training.CurvePoint.Evaluated;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Storage;

/** Trains, notes the learning curve, and evaluates the trained weights. */
record TrainingRunner(Device device) implements TrialRunner<TrainingTrial> {
    /** The engine records gradients for one training of a JVM at a time. */
    private static final ReentrantLock ENGINE = new ReentrantLock();

    @Override
    public List<TrainingOutcome> run(List<TrainingTrial> batch) {
        return batch.stream()
                .map(trial -> new TrainingOutcome(trial, curve(trial)))
                .toList();
    }

    @Override
    public TrialOutcome failed(TrainingTrial trial, ErrorCode code, String message) {
        return new TrainingOutcome(trial, List.of(CurvePoint.failed(0, code, message)));
    }

    /** The curve of a training; of one that diverged, its points until then, and a last one with the reason. */
    private List<CurvePoint> curve(TrainingTrial trial) {
        ENGINE.lock();
        try {
            Path work = Files.createTempDirectory("icl-sweep-training");
            try {
                return run(trial.variant().training().with(trial.seed(), work.resolve("model")));
            } finally {
                Storage.at(work.toString()).delete("");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ENGINE.unlock();
        }
    }

    private List<CurvePoint> run(ResolvedTraining resolved) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Curve curve = new Curve(new ArrayList<>());
        Training training = new Training(resolved, nowhere, curve, device);
        try {
            training.train();
            if (resolved.configuration().isEvaluated()) {
                training.export();
                curve.points().addAll(evaluated(resolved.configuration().steps(), training.measure()));
            }
        } catch (DivergenceException e) {
            curve.points().add(CurvePoint.failed(e.step(), ErrorCode.DIVERGED, String.valueOf(e.getMessage())));
        }
        return curve.points();
    }

    /** The points of a curve, in the order in which they are logged. */
    private record Curve(List<CurvePoint> points) implements TrainingLog {
        @Override
        public void trained(Point point) {
            points.add(CurvePoint.trained(
                    point.step(),
                    finite(point.loss()),
                    finite(point.accuracy()),
                    finite(point.gradientNorm()),
                    point.learningRate()));
        }

        @Override
        public void validated(long step, double score) {
            points.add(CurvePoint.validated(step, score));
        }

        /** The table has NaN for every number that is not finite. */
        private static double finite(double value) {
            return Double.isFinite(value) ? value : Double.NaN;
        }
    }

    private static List<CurvePoint> evaluated(long step, EvaluationReport report) {
        List<Evaluated> points = new ArrayList<>();
        report.heldOut()
                .forEach(score -> points.add(
                        new Evaluated(score.reading().spelled(), score.length(), score.loss(), score.accuracy())));
        report.curves()
                .forEach(curve -> curve.byShots()
                        .forEach((shots, accuracies) ->
                                points.add(new Evaluated(curve.task(), shots, null, accuracies.model()))));
        return points.stream().map(point -> CurvePoint.evaluated(step, point)).toList();
    }
}
