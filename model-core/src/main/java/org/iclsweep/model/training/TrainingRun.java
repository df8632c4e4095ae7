package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.SafetensorsReader;
import org.iclsweep.model.checkpoint.SafetensorsWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.decoder.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * A training from its first step, or from where it was interrupted, to a checkpoint directory. Its working directory
 * holds all that it needs to go on: the state, the log, and the best weights so far where there is a validation.
 */
public final class TrainingRun {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STATE = "state.safetensors";
    private static final String BEST = "best.safetensors";
    private static final String LOG = "training.jsonl";
    private static final String SCORE = "score";
    private static final String STEP = "step";

    private final Trainer trainer;
    private final Path work;
    private final String identity;
    private final Rhythm rhythm;
    private final @Nullable Validation validation;
    private final PrintStream progress;
    private final TrainingLog listener;
    private long saved = System.nanoTime();
    private double best = Double.NEGATIVE_INFINITY;
    private double loss;
    private double accuracy;
    private long tokens;
    private int sinceLog;
    private long lastLog = System.nanoTime();

    /** A score of the model in training, greater is better; the weights with the best are those that are shipped. */
    @FunctionalInterface
    public interface Validation {
        double score(LanguageModel model);
    }

    /** The intervals of a training's log, validations and states on disk. */
    public record Rhythm(
            @Key(name = "log-every", doc = "Steps between two lines of the log.", from = 1, otherwise = "20")
            int log,

            @Key(name = "validate-every", doc = "Steps between two validations.", from = 1, otherwise = "500")
            int validate,

            @Key(
                    doc = "Seconds between two states on disk, which are saved with a line of the log.",
                    from = 0,
                    otherwise = "120")
            int saveSeconds)
            implements Serializable {}

    /**
     * @param work the working directory; a state in it is resumed
     * @param identity of the configuration: a state of another one is refused
     * @param progress the stream for lines about the progress
     * @param listener is given what the log is given
     */
    public TrainingRun(
            Trainer trainer,
            Path work,
            String identity,
            Rhythm rhythm,
            @Nullable Validation validation,
            PrintStream progress,
            TrainingLog listener) {
        this.trainer = trainer;
        this.work = work;
        this.identity = identity;
        this.rhythm = rhythm;
        this.validation = validation;
        this.progress = progress;
        this.listener = listener;
    }

    /** Trains until the last step. */
    public void run() {
        try {
            Files.createDirectories(work);
            resume();
            while (trainer.step() < trainer.steps()) {
                note(trainer.next());
                boolean last = trainer.step() == trainer.steps();
                if (validation != null && (trainer.step() % rhythm.validate() == 0 || last)) {
                    validate(validation);
                }
                // At a point of the log alone: a run that goes on from here averages over the same steps.
                boolean atPoint = sinceLog == 0;
                if (last || atPoint && System.nanoTime() - saved > rhythm.saveSeconds() * 1_000_000_000L) {
                    save();
                }
            }
        } catch (IOException e) {
            throw new TrainingException(work + " cannot be written: " + e, e);
        }
    }

    private void resume() throws IOException {
        Path state = work.resolve(STATE);
        if (!Files.exists(state)) {
            Files.writeString(work.resolve(LOG), "");
            return;
        }
        trainer.restore(state, identity);
        Path bestFile = work.resolve(BEST);
        if (Files.exists(bestFile)) {
            best = Double.parseDouble(
                    SafetensorsReader.open(bestFile).metadata().getOrDefault(SCORE, "-Infinity"));
        }
        cutLog();
        progress.printf(Locale.ROOT, "resumed at step %d of %d%n", trainer.step(), trainer.steps());
    }

    /** Forgets the lines of steps that will be done again. */
    private void cutLog() throws IOException {
        List<String> kept = new ArrayList<>();
        for (String line : Files.readAllLines(work.resolve(LOG))) {
            if (JSON.readTree(line).path(STEP).asLong() <= trainer.step()) {
                kept.add(line);
            }
        }
        Files.write(work.resolve(LOG), kept);
    }

    private void note(Trainer.Outcome outcome) throws IOException {
        loss += outcome.loss();
        accuracy += outcome.accuracy();
        tokens += outcome.tokens();
        sinceLog++;
        if ((outcome.step() + 1) % rhythm.log() != 0 && outcome.step() + 1 != trainer.steps()) {
            return;
        }
        double seconds = (System.nanoTime() - lastLog) / 1e9;
        TrainingLog.Point point = new TrainingLog.Point(
                outcome.step() + 1,
                rounded(loss / sinceLog),
                rounded(accuracy / sinceLog),
                rounded(outcome.gradientNorm()),
                outcome.rate());
        listener.trained(point);
        ObjectNode line = JSON.createObjectNode();
        line.put(STEP, point.step()).put("loss", point.loss());
        line.put("accuracy", point.accuracy()).put("gradient_norm", point.gradientNorm());
        line.put("learning_rate", point.learningRate()).put("skipped_steps", trainer.skipped());
        line.put("tokens_per_second", Math.round(tokens / seconds));
        append(line);
        double left = seconds / sinceLog * (trainer.steps() - outcome.step() - 1);
        progress.printf(
                Locale.ROOT,
                "step %d of %d, loss %.4f, accuracy %.4f, %.0f tokens/s, %s left%n",
                outcome.step() + 1,
                trainer.steps(),
                loss / sinceLog,
                accuracy / sinceLog,
                tokens / seconds,
                Duration.ofSeconds(Math.round(left)).toString().substring(2).toLowerCase(Locale.ROOT));
        loss = 0;
        accuracy = 0;
        tokens = 0;
        sinceLog = 0;
        lastLog = System.nanoTime();
    }

    static double rounded(double value) {
        // Math.round makes 0 of NaN, and the log of a run that diverges would look perfect.
        return Double.isFinite(value) ? Math.round(value * 1e5) / 1e5 : value;
    }

    private void append(ObjectNode line) throws IOException {
        Files.writeString(
                work.resolve(LOG),
                line + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private void validate(Validation measure) throws IOException {
        double score = measure.score(trainer.model());
        listener.validated(trainer.step(), rounded(score));
        append(JSON.createObjectNode().put(STEP, trainer.step()).put("validation", rounded(score)));
        progress.printf(Locale.ROOT, "step %d, validation %.4f (best so far %.4f)%n", trainer.step(), score, best);
        if (score > best) {
            best = score;
            Map<String, String> about = Map.of(SCORE, Double.toString(score), STEP, Long.toString(trainer.step()));
            SafetensorsWriter.write(work.resolve(BEST), entries(trainer.model()), about);
        }
    }

    private void save() {
        trainer.state().write(work.resolve(STATE), identity);
        saved = System.nanoTime();
    }

    private static List<TensorEntry> entries(LanguageModel model) {
        List<TensorEntry> entries = new ArrayList<>();
        model.tensors().forEach((name, tensor) -> entries.add(TensorEntry.of(name, tensor)));
        return entries;
    }

    /** True if {@code work} has weights to export. */
    public static boolean hasState(Path work) {
        return Files.exists(work.resolve(STATE)) || Files.exists(work.resolve(BEST));
    }

    /**
     * Writes the best weights of a run, or its last ones where nothing was validated, as a checkpoint with the log.
     *
     * @param target must not exist
     * @param files copied beside the weights
     */
    public static void export(Path work, Path target, ObjectNode config, List<Path> files) {
        boolean validated = Files.exists(work.resolve(BEST));
        SafetensorsReader stored = SafetensorsReader.open(work.resolve(validated ? BEST : STATE));
        String prefix = validated ? "" : "weight/";
        List<TensorEntry> entries = stored.names().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> TensorEntry.of(name.substring(prefix.length()), StoredType.F32, stored, name))
                .toList();
        List<Path> all = new ArrayList<>(files);
        all.add(work.resolve(LOG));
        CheckpointWriter.write(target, config, entries, all);
    }
}
