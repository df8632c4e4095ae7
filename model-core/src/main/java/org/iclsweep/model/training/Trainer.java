package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * Trains a model by gradient descent on the cross-entropy of its targets. Steps of several trainings in a JVM wait for
 * each other: see {@link GradientRecording}. On one thread the same seed gives the same weights, bit for bit, also when
 * it was interrupted and resumed.
 */
public final class Trainer implements AutoCloseable {
    /** Steps in a row whose gradient may be not finite. */
    private static final int MOST_SKIPPED = 10;

    private final LanguageModel model;
    private final OptimizerSettings settings;
    private final EpisodeSource episodes;
    private final long steps;
    private final NDManager manager;
    private final AdamW optimizer;
    private final Map<String, NDArray> trained;
    private long step;
    private long skipped;
    private int skippedInARow;

    /**
     * @param frozen the names of the tensors that stay as they are
     * @param steps the length of the whole training, which the schedule needs
     */
    public Trainer(
            LanguageModel model,
            OptimizerSettings settings,
            EpisodeSource episodes,
            long steps,
            Predicate<String> frozen) {
        this.model = model;
        this.settings = settings;
        this.episodes = episodes;
        this.steps = steps;
        this.manager = model.newBatch();
        this.trained = new LinkedHashMap<>(model.tensors());
        Set<String> rows = model.layout().state().names(entry -> !entry.tensor().isTrainable());
        trained.keySet().removeIf(frozen.or(rows::contains));
        Set<String> decayed = model.layout().parameters().stream()
                .filter(ParameterSpec::decays)
                .map(ParameterSpec::fullName)
                .collect(Collectors.toSet());
        this.optimizer = new AdamW(settings, trained, decayed, manager);
    }

    /**
     * The record of one step.
     *
     * @param step from 0
     * @param loss mean cross-entropy of the batch before the update, in nats
     * @param accuracy the fraction of targets that had the greatest logit
     * @param gradientNorm global norm before clipping
     * @param rate learning rate without the groups' factors
     * @param tokens positions of the batch
     */
    public record Outcome(long step, double loss, double accuracy, double gradientNorm, double rate, int tokens) {}

    /** The number of steps done. */
    public long step() {
        return step;
    }

    /** The number of steps planned. */
    public long steps() {
        return steps;
    }

    /** The model in training. */
    public LanguageModel model() {
        return model;
    }

    /**
     * One step.
     *
     * @throws TrainingException if loss or gradient were not finite for many steps in a row; such a step changes no
     *     weight
     */
    public Outcome next() {
        TrainingBatch data = episodes.batch(step);
        try (NDManager batch = model.newBatch()) {
            LanguageModel leaves = model.differentiable(batch);
            double loss;
            double accuracy;
            try (GradientRecording recording = GradientRecording.begin()) {
                NDArray logits = leaves.logitsAt(batch, data.rows(), data.positions());
                NDArray targets = batch.create(data.flatTargets());
                NDArray mean = crossEntropy(logits, targets);
                loss = Doubles.scalar(mean);
                accuracy = accuracy(logits, targets);
                recording.backward(mean);
            }
            Map<String, NDArray> gradients = new LinkedHashMap<>();
            Parameters parameters = Parameters.of(leaves.tensors());
            trained.keySet()
                    .forEach(name -> gradients.put(name, parameters.get(name).getGradient()));
            double norm = norm(batch, gradients);
            double rate = settings.learningRate() * settings.schedule().factor(step, steps);
            if (Double.isFinite(loss) && Double.isFinite(norm)) {
                clip(gradients, norm, settings.clip());
                optimizer.update(trained, gradients, step, steps);
                skippedInARow = 0;
            } else {
                skip(loss, norm);
            }
            return new Outcome(step++, loss, accuracy, norm, rate, data.tokens());
        }
    }

    /** A normaliser near zero makes a gradient overflow once in a while; many times in a row, something is wrong. */
    private void skip(double loss, double norm) {
        skipped++;
        skippedInARow++;
        if (skippedInARow > MOST_SKIPPED) {
            throw new DivergenceException(
                    step + 1,
                    "the loss is " + loss + ", the gradient's norm " + norm
                            + ", not finite for " + skippedInARow
                            + " steps in a row; lower the learning rate, or look for values in the data that are not finite");
        }
    }

    /** Steps without an update so far, because the gradient was not finite. */
    public long skipped() {
        return skipped;
    }

    /** Mean over rows of −log softmax(logits)[target]; logits [N, V], targets [N]. */
    public static NDArray crossEntropy(NDArray logits, NDArray targets) {
        NDArray column = targets.reshape(new Shape(-1, 1));
        return logits.logSoftmax(1).gather(column, 1).mean().neg();
    }

    /** √Σ g² over all tensors, summed in float64 in their order; the gradients pass to {@code batch}. */
    static double norm(NDManager batch, Map<String, NDArray> gradients) {
        double sum = 0;
        for (NDArray gradient : gradients.values()) {
            gradient.attach(batch);
            sum += Doubles.scalar(gradient.mul(gradient).sum());
        }
        return Math.sqrt(sum);
    }

    /**
     * Scales {@code gradients} in place so that a {@code norm} above {@code most} becomes that (Pascanu, Mikolov and
     * Bengio, arXiv:1211.5063, algorithm 1).
     */
    static void clip(Map<String, NDArray> gradients, double norm, double most) {
        if (norm > most) {
            gradients.values().forEach(gradient -> gradient.muli(most / norm));
        }
    }

    private static double accuracy(NDArray logits, NDArray targets) {
        return Arrays.stream(Doubles.of(logits.argMax(1).eq(targets))).average().orElseThrow();
    }

    /** Everything that {@link #restore} needs. */
    TrainingState state() {
        return new TrainingState(step, model.tensors(), optimizer.means(), optimizer.squares());
    }

    /** Goes on from the state in {@code file} of an earlier {@code run} of the same model and settings. */
    void restore(Path file, String run) {
        step = state().read(file, run);
    }

    @Override
    public void close() {
        manager.close();
    }
}
