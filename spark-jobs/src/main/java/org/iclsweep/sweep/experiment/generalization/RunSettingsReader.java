package org.iclsweep.sweep.experiment.generalization;

import java.util.List;
import org.iclsweep.model.generalization.DataModel;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.model.generalization.RunSettings.Architecture;
import org.iclsweep.model.generalization.RunSettings.Kind;
import org.iclsweep.model.generalization.RunSettings.Optimization;
import org.iclsweep.model.generalization.RunSettings.Precision;
import org.iclsweep.model.generalization.TaskCoverage;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;

/** The block {@code sweep.training} of a generalization sweep: every symbol of one training. */
public final class RunSettingsReader {
    static final Key<Kind> MODEL = Key.optional(
            "model",
            ValueType.oneOf(Kind.class),
            Kind.ONE_LAYER,
            "`one-layer`: softmax attention and a ReLU layer, the model of the theorems. `linear`: the same with linear"
                    + " attention. `multi-layer`: as GPT-2.");
    static final Key<Integer> DIMENSION =
            Key.optional("dimension", ValueType.wholeNumberFrom(3), 30, "d_X, the dimension of inputs.");
    static final Key<Integer> LABEL_DIMENSION = Key.optional(
            "label-dimension", ValueType.wholeNumberFrom(1), 30, "d_Y, the dimension of label embeddings.");
    static final Key<Integer> RELEVANT =
            Key.optional("relevant", ValueType.wholeNumberFrom(2), 6, "M₁, how many patterns decide a label.");
    static final Key<Integer> IRRELEVANT =
            Key.optional("irrelevant", ValueType.wholeNumberFrom(1), 24, "M₂, how many do not.");
    static final Key<Double> RELEVANT_NORM =
            Key.optional("relevant-norm", ValueType.numberFrom(0), 2.0, "‖μ‖, the norm of relevant patterns.");
    static final Key<Double> IRRELEVANT_NORM =
            Key.optional("irrelevant-norm", ValueType.numberFrom(0), 1.0, "‖ν‖, the norm of irrelevant ones.");
    static final Key<Double> KAPPA =
            Key.optional("kappa", ValueType.numberFrom(0), 0.5, "K: an input is μ + κ ν with κ uniform over (−K, K).");
    static final Key<Double> LABEL_NORM =
            Key.optional("label-norm", ValueType.numberFrom(0), 1.0, "‖q‖, the norm of the label embedding.");
    static final Key<Double> ALPHA = Key.optional(
            "alpha", ValueType.fraction(), 0.8, "α, the fraction of context slots with one of the task's patterns.");
    static final Key<Integer> LENGTH =
            Key.optional("length", ValueType.wholeNumberFrom(1), 20, "l_tr, context slots of a training prompt.");
    static final Key<Integer> LEAST_LENGTH = Key.optional(
            "least-length",
            ValueType.wholeNumberFrom(0),
            0,
            "Where prompts of several lengths are trained on: the shortest; 0: all have `length`.");
    static final Key<TaskCoverage.Kind> COVERAGE = Key.optional(
            "coverage",
            ValueType.oneOf(TaskCoverage.Kind.class),
            TaskCoverage.Kind.CYCLIC,
            "Which tasks, ordered pairs (a, b) of patterns, are trained on. `cyclic`: (a, a + s modulo M₁) for all"
                    + " `shifts` s, the condition of theorem 3.3. `ascending`: a < b. `disjoint`: (0, 1), (2, 3), …"
                    + " `single`: (0, 1). `all`.");
    static final Key<List<Integer>> SHIFTS = Key.optional(
            "shifts", ValueType.listOf(ValueType.wholeNumberFrom(1)), List.of(1, 2), "The s of cyclic tasks.");
    static final Key<Integer> NEURONS = Key.optional(
            "neurons", ValueType.wholeNumberFrom(1), 200, "m, the width of the ReLU layer, or of feed-forward layers.");
    static final Key<Double> DELTA =
            Key.optional("delta", ValueType.numberFrom(0), 0.2, "δ: W_Q, W_K and W_V start as δ I.");
    static final Key<Double> XI =
            Key.optional("xi", ValueType.numberFrom(0), 0.02, "ξ: the entries of W_O start as N(0, ξ²).");
    static final Key<Integer> LAYERS =
            Key.optional("layers", ValueType.wholeNumberFrom(1), 3, "Layers of a multi-layer model.");
    static final Key<Integer> HEADS =
            Key.optional("heads", ValueType.wholeNumberFrom(1), 2, "Heads of a multi-layer model.");
    static final Key<Integer> HIDDEN =
            Key.optional("hidden", ValueType.wholeNumberFrom(1), 64, "Hidden size of a multi-layer model.");
    static final Key<Double> LEARNING_RATE = Key.optional(
            "learning-rate", ValueType.numberFrom(0), 0.5, "η: of SGD, or of AdamW for a multi-layer model.");
    static final Key<Integer> BATCH = Key.optional("batch", ValueType.wholeNumberFrom(1), 100, "B, prompts of a step.");
    static final Key<Integer> ITERATIONS = Key.optional("iterations", ValueType.wholeNumberFrom(1), 200, "T, steps.");
    static final Key<Integer> WARMUP = Key.optional(
            "warmup",
            ValueType.wholeNumberFrom(0),
            100,
            "Steps of linear growth of η of a multi-layer model; it falls to 0 over the last fifth.");
    static final Key<Double> CLIP = Key.optional(
            "clip", ValueType.numberFrom(0), 1.0, "The norm that a gradient of a multi-layer model is scaled down to.");
    static final Key<Double> SMOOTHING = Key.optional(
            "smoothing",
            ValueType.fraction(),
            0.9,
            "How much of the smoothed loss, which starts at 1, stays when a step's loss is added.");
    static final Key<Double> THRESHOLD = Key.optional(
            "threshold",
            ValueType.numberFrom(0),
            0.2,
            "The smoothed loss below which a training counts as done: `threshold_step` says when.");
    static final Key<Double> STOP = Key.optional(
            "stop", ValueType.numberFrom(0), 0.0, "The smoothed loss below which a training stops; 0: never.");
    static final Key<Double> DIVERGED = Key.optional(
            "diverged-loss", ValueType.numberFrom(1), 1e4, "The loss beyond which a training has diverged.");
    static final Key<Precision> DTYPE =
            Key.optional("dtype", ValueType.oneOf(Precision.class), Precision.FLOAT32, "The precision of everything.");
    public static final List<Key<?>> KEYS = List.of(
            MODEL,
            DIMENSION,
            LABEL_DIMENSION,
            RELEVANT,
            IRRELEVANT,
            RELEVANT_NORM,
            IRRELEVANT_NORM,
            KAPPA,
            LABEL_NORM,
            ALPHA,
            LENGTH,
            LEAST_LENGTH,
            COVERAGE,
            SHIFTS,
            NEURONS,
            DELTA,
            XI,
            LAYERS,
            HEADS,
            HIDDEN,
            LEARNING_RATE,
            BATCH,
            ITERATIONS,
            WARMUP,
            CLIP,
            SMOOTHING,
            THRESHOLD,
            STOP,
            DIVERGED,
            DTYPE);

    private RunSettingsReader() {}

    static RunSettings read(Section section) {
        DataModel data = new DataModel(
                section.get(DIMENSION),
                section.get(LABEL_DIMENSION),
                section.get(RELEVANT),
                section.get(IRRELEVANT),
                section.get(RELEVANT_NORM),
                section.get(IRRELEVANT_NORM),
                section.get(KAPPA),
                section.get(LABEL_NORM));
        int length = section.get(LENGTH);
        int least = section.get(LEAST_LENGTH);
        RunSettings settings = new RunSettings(
                data,
                new TaskCoverage(section.get(COVERAGE), section.get(SHIFTS)),
                section.get(ALPHA),
                length,
                least == 0 ? length : least,
                new Architecture(
                        section.get(MODEL),
                        section.get(NEURONS),
                        section.get(DELTA),
                        section.get(XI),
                        section.get(LAYERS),
                        section.get(HEADS),
                        section.get(HIDDEN)),
                new Optimization(
                        section.get(LEARNING_RATE),
                        section.get(BATCH),
                        section.get(ITERATIONS),
                        section.get(WARMUP),
                        section.get(CLIP),
                        section.get(SMOOTHING),
                        section.get(THRESHOLD),
                        section.get(STOP),
                        section.get(DIVERGED)),
                section.get(DTYPE));
        requirePossible(section, settings);
        return settings;
    }

    private static void requirePossible(Section section, RunSettings run) {
        DataModel data = run.data();
        require(
                section,
                DIMENSION,
                data.dimension() >= data.relevant() + data.irrelevant(),
                "orthogonal patterns need dimension ≥ relevant + irrelevant = %d, found %d"
                        .formatted(data.relevant() + data.irrelevant(), data.dimension()));
        require(
                section,
                ALPHA,
                data.relevant() > 2 || run.alpha() == 1,
                "with relevant = 2 there are no other patterns: alpha must be 1, found " + run.alpha());
        require(
                section,
                SHIFTS,
                run.tasks().shifts().stream().allMatch(shift -> shift < data.relevant()),
                "shifts must be less than relevant = %d, found %s"
                        .formatted(data.relevant(), run.tasks().shifts()));
        require(
                section,
                LEAST_LENGTH,
                run.leastLength() <= run.length(),
                "least-length = %d is more than length = %d".formatted(run.leastLength(), run.length()));
        if (run.architecture().kind() == Kind.MULTI_LAYER) {
            require(
                    section,
                    HEADS,
                    run.architecture().hidden() % run.architecture().heads() == 0,
                    "hidden = %d is not a multiple of heads = %d"
                            .formatted(
                                    run.architecture().hidden(),
                                    run.architecture().heads()));
            require(
                    section,
                    STOP,
                    run.optimization().stop() == 0,
                    "multi-layer models learn to the end, stop must be 0: their optimiser has a memory");
        }
    }

    private static void require(Section section, Key<?> key, boolean holds, String problem) {
        if (!holds) {
            section.fault(key.name(), problem);
        }
    }
}
