package org.iclsweep.sweep.experiment.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.iclsweep.model.training.DivergenceException;
import org.iclsweep.model.training.EvaluationReport;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.model.training.Training;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;

/** Trains, reads the learning curve off the training's log, and evaluates what was trained. */
final class TrainingRunner implements TrialRunner<TrainingTrial> {
    private static final ObjectMapper JSON = new ObjectMapper();
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
    private static List<CurvePoint> curve(TrainingTrial trial) {
        ENGINE.lock();
        try {
            Path work = Files.createTempDirectory("icl-sweep-training");
            try {
                return run(trial, work);
            } finally {
                delete(work);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ENGINE.unlock();
        }
    }

    private static List<CurvePoint> run(TrainingTrial trial, Path work) throws IOException {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        ResolvedTraining configuration = configuration(trial, work);
        Training training = new Training(configuration, nowhere);
        Path log = training.work().resolve("training.jsonl");
        try {
            training.train();
            List<CurvePoint> points = points(log);
            if (configuration.configuration().isEvaluated()) {
                training.export();
                points.addAll(evaluated(configuration.configuration().steps(), training.measure()));
            }
            return points;
        } catch (DivergenceException e) {
            List<CurvePoint> points = points(log);
            points.add(CurvePoint.failed(e.step(), ErrorCode.DIVERGED, String.valueOf(e.getMessage())));
            return points;
        }
    }

    private static List<CurvePoint> points(Path log) throws IOException {
        List<CurvePoint> points = new ArrayList<>();
        if (Files.exists(log)) {
            for (String line : Files.readAllLines(log)) {
                JsonNode point = JSON.readTree(line);
                points.add(
                        point.has("validation")
                                ? CurvePoint.validated(
                                        point.path("step").asLong(),
                                        point.path("validation").asDouble())
                                : CurvePoint.trained(
                                        point.path("step").asLong(),
                                        number(point, "loss"),
                                        number(point, "accuracy"),
                                        number(point, "gradient_norm"),
                                        point.path("learning_rate").asDouble()));
            }
        }
        return points;
    }

    private static List<CurvePoint> evaluated(long step, EvaluationReport report) {
        List<EvaluatedPoint> points = new ArrayList<>();
        report.heldOut()
                .forEach(score -> points.add(
                        new EvaluatedPoint(score.reading().spelled(), score.length(), score.loss(), score.accuracy())));
        report.curves()
                .forEach(curve -> curve.byShots()
                        .forEach((shots, accuracies) ->
                                points.add(new EvaluatedPoint(curve.task(), shots, null, accuracies.model()))));
        return points.stream().map(point -> CurvePoint.evaluated(step, point)).toList();
    }

    /** JSON has no numbers that are not finite: they stand as text. */
    private static double number(JsonNode point, String name) {
        return point.path(name).isNumber() ? point.path(name).asDouble() : Double.NaN;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** The configuration of one training, whose files go to {@code directory}. */
    static ResolvedTraining configuration(TrainingTrial trial, Path directory) {
        List<String> settings =
                List.of("training.seed=" + trial.seed(), "training.output=\"" + directory.resolve("model") + "\"");
        try {
            Path file = Files.createTempFile("icl-sweep", ".conf");
            try {
                Files.writeString(file, trial.variant().training());
                return TrainingConfigurationReader.read(file, settings);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
