package org.iclsweep.sweep.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.task.DataFaults;
import org.iclsweep.datasets.task.TaskCatalogue;
import org.iclsweep.model.family.CheckpointLayout;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.training.LearningRateSchedule;
import org.iclsweep.model.training.OptimizerSettings;
import org.iclsweep.model.training.TextEpisodes;
import org.iclsweep.model.training.TextSource;
import org.iclsweep.model.training.TrainingConfiguration;
import org.iclsweep.model.training.TrainingConfiguration.Episodes;
import org.iclsweep.model.training.TrainingConfiguration.Examination;
import org.iclsweep.model.training.TrainingConfiguration.Start;
import org.iclsweep.model.training.TrainingRun;
import org.jspecify.annotations.Nullable;

/** Reads the configuration of a training: one block {@code training { … }}, with every fault in one message. */
public final class TrainingConfigurationReader {
    public static final String ROOT = "training";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BYTES = 256;
    private static final ConfigObject NOTHING = ConfigFactory.empty().root();

    private static final Key<String> NAME = Key.required("name", ValueType.text(), "", "What the model is called.");
    private static final Key<String> OUTPUT =
            Key.required("output", ValueType.text(), "", "The directory of the checkpoint; it must not exist.");
    private static final Key<Long> SEED =
            Key.optional("seed", ValueType.wholeNumber(), 1L, "Of weights, word vectors and episodes.");
    private static final Key<ConfigObject> MODEL =
            Key.required("model", ValueType.block(), NOTHING, "The config.json of the checkpoint.");
    private static final Key<Start> START = Key.optional(
            "start",
            ValueType.oneOf(Start.class),
            Start.PLAIN,
            "What weights start from; `structured` is a classifier of texts made of word vectors.");
    private static final Key<ConfigObject> BIASES =
            Key.optional("biases", ValueType.block(), NOTHING, "Trainable biases; without this block there are none.");
    private static final Key<Double> NORMALISER =
            Key.optional("normaliser", ValueType.number(), 0.0, "What b_D starts from; b_KV starts from 0.");
    private static final Key<List<String>> FROZEN = Key.optional(
            "frozen", ValueType.listOf(ValueType.text()), List.of(), "Parts of the names of tensors that stay.");
    private static final Key<ConfigObject> OPTIMIZER =
            Key.optional("optimizer", ValueType.block(), NOTHING, "AdamW and its schedule.");
    private static final Key<Integer> STEPS =
            Key.required("steps", ValueType.wholeNumberFrom(1), 1, "Number of updates.");
    private static final Key<Integer> LOG =
            Key.optional("log-every", ValueType.wholeNumberFrom(1), 20, "Steps between two lines of the log.");
    private static final Key<Integer> VALIDATE =
            Key.optional("validate-every", ValueType.wholeNumberFrom(1), 500, "Steps between two validations.");
    private static final Key<Integer> SAVE =
            Key.optional("save-seconds", ValueType.wholeNumberFrom(0), 120, "Seconds between two states on disk.");
    private static final Key<ConfigObject> EPISODES =
            Key.required("episodes", ValueType.block(), NOTHING, "What is trained on.");
    private static final Key<ConfigObject> VALIDATION = Key.optional(
            "validation",
            ValueType.block(),
            NOTHING,
            "Tasks whose mean accuracy chooses the weights that are shipped.");
    private static final Key<ConfigObject> EVALUATION =
            Key.optional("evaluation", ValueType.block(), NOTHING, "Tasks whose accuracies are told.");
    private static final Key<ConfigObject> HELD_OUT = Key.optional(
            "held-out", ValueType.block(), NOTHING, "Text that is not trained on, whose perplexity is told.");
    public static final List<Key<?>> KEYS = List.of(
            NAME,
            OUTPUT,
            SEED,
            MODEL,
            START,
            BIASES,
            FROZEN,
            OPTIMIZER,
            STEPS,
            LOG,
            VALIDATE,
            SAVE,
            EPISODES,
            VALIDATION,
            EVALUATION,
            HELD_OUT);

    private static final Key<Double> RATE =
            Key.optional("learning-rate", ValueType.number(), 1e-3, "Its greatest value.");
    private static final Key<Double> BETA1 = Key.optional("beta1", ValueType.fraction(), 0.9, "Of the mean.");
    private static final Key<Double> BETA2 = Key.optional("beta2", ValueType.fraction(), 0.95, "Of the mean square.");
    private static final Key<Double> EPSILON = Key.optional("epsilon", ValueType.number(), 1e-8, "Of the division.");
    private static final Key<Double> DECAY = Key.optional("weight-decay", ValueType.number(), 0.0, "Of matrices.");
    private static final Key<Double> CLIP = Key.optional("clip", ValueType.number(), 1.0, "Greatest gradient norm.");
    private static final Key<String> SCHEDULE = Key.optional(
            "schedule", ValueType.oneOf(List.of("cosine", "constant-linear")), "cosine", "How the rate goes down.");
    private static final Key<Integer> WARMUP =
            Key.optional("warmup", ValueType.wholeNumberFrom(0), 100, "Steps of linear growth.");
    private static final Key<Double> FLOOR =
            Key.optional("floor", ValueType.fraction(), 0.05, "What the cosine ends at, as a factor.");
    private static final Key<Double> CONSTANT =
            Key.optional("constant", ValueType.fraction(), 0.5, "Part of the steps before the linear way down.");
    private static final Key<List<ConfigObject>> GROUPS = Key.optional(
            "groups", ValueType.blocks(), List.of(), "Tensors with factors of their own, by a part of their names.");
    private static final List<Key<?>> OPTIMIZER_KEYS =
            List.of(RATE, BETA1, BETA2, EPSILON, DECAY, CLIP, SCHEDULE, WARMUP, FLOOR, CONSTANT, GROUPS);
    private static final Key<String> PART = Key.required("part", ValueType.text(), "", "A part of the name.");

    private static final Key<String> KIND = Key.required(
            "kind",
            ValueType.oneOf(List.of("vectors", "random-tokens", "running-text", "texts")),
            "texts",
            "`vectors`: a classification; `random-tokens`: an induction head; `running-text`: the next byte of a text;"
                    + " `texts`: tasks made of texts.");
    private static final Key<Integer> BATCH =
            Key.optional("batch", ValueType.wholeNumberFrom(1), 8, "Episodes of a step.");
    private static final Key<ConfigObject> TASK =
            Key.optional("task", ValueType.block(), NOTHING, "The task over vectors.");
    private static final Key<Integer> LABELS =
            Key.optional("labels", ValueType.wholeNumberFrom(2), 16, "Number of label tokens.");
    private static final Key<Integer> EXAMPLES =
            Key.optional("examples", ValueType.wholeNumberFrom(1), 32, "Examples of an episode.");
    private static final Key<Integer> VOCABULARY =
            Key.optional("vocabulary", ValueType.wholeNumberFrom(2), 45, "Number of random tokens.");
    private static final Key<Integer> LENGTH =
            Key.optional("length", ValueType.wholeNumberFrom(3), 64, "Tokens of a row.");
    private static final Key<List<ConfigObject>> SOURCES =
            Key.optional("sources", ValueType.blocks(), List.of(), "Files of texts.");
    private static final Key<Integer> TOKENS =
            Key.optional("tokens", ValueType.wholeNumberFrom(16), 384, "Tokens of an episode.");
    private static final Key<Integer> WORDS =
            Key.optional("words", ValueType.wholeNumberFrom(1), 24, "Words that a text is cut to.");
    private static final Key<Double> DROPOUT =
            Key.optional("dropout", ValueType.fraction(), 0.1, "Probability that a token becomes unknown.");
    private static final Key<Integer> CLASSES =
            Key.optional("most-classes", ValueType.wholeNumberFrom(2), 6, "Greatest number of classes.");
    private static final Key<ConfigObject> WEIGHTS =
            Key.optional("weights", ValueType.block(), NOTHING, "How often each kind of task is drawn.");
    private static final Key<ConfigObject> POLES =
            Key.optional("poles", ValueType.block(), NOTHING, "The opposites of the kind `poles`.");
    private static final Key<Integer> VECTOR_SIZE =
            Key.optional("word-dimensions", ValueType.wholeNumberFrom(1), 96, "Of word vectors.");
    private static final Key<Double> POWER =
            Key.optional("eigenvalue-power", ValueType.number(), 0.25, "Of the word vectors' eigenvalues.");
    private static final List<Key<?>> EPISODE_KEYS = List.of(
            KIND,
            BATCH,
            TASK,
            LABELS,
            EXAMPLES,
            VOCABULARY,
            LENGTH,
            SOURCES,
            TOKENS,
            WORDS,
            DROPOUT,
            CLASSES,
            WEIGHTS,
            POLES,
            VECTOR_SIZE,
            POWER);

    private static final Key<String> FORM = Key.required(
            "form", ValueType.oneOf(List.of("labelled", "wikitext", "speeches")), "labelled", "How the file is read.");
    private static final Key<String> FILE = Key.required("file", ValueType.text(), "", "Where it is.");
    private static final Key<String> SET = Key.optional("name", ValueType.text(), "", "Name of the data set.");
    private static final Key<List<String>> WITHOUT =
            Key.optional("without", ValueType.listOf(ValueType.text()), List.of(), "Labels whose rows are left out.");

    private static final Key<Integer> PREDICTED =
            Key.optional("tokens", ValueType.wholeNumberFrom(1), 32768, "How many are predicted.");
    private static final Key<List<Integer>> WINDOWS = Key.optional(
            "windows",
            ValueType.listOf(ValueType.wholeNumberFrom(2)),
            List.of(),
            "Lengths of the windows that the text is cut into.");
    private static final Key<List<Integer>> REPEATED = Key.optional(
            "repeated",
            ValueType.listOf(ValueType.wholeNumberFrom(2)),
            List.of(),
            "Lengths of windows that are read twice.");
    private static final List<Key<?>> HELD_OUT_KEYS = List.of(SOURCES, PREDICTED, WINDOWS, REPEATED);

    private static final Key<List<Integer>> SHOTS = Key.optional(
            "shots", ValueType.listOf(ValueType.wholeNumberFrom(0)), List.of(16), "Numbers of demonstrations.");
    private static final Key<Integer> SETS =
            Key.optional("sets", ValueType.wholeNumberFrom(1), 100, "Demonstration sets per seed.");
    private static final Key<Integer> QUERIES =
            Key.optional("queries", ValueType.wholeNumberFrom(1), 4, "Queries of a set.");
    private static final Key<List<Long>> SEEDS =
            Key.optional("seeds", ValueType.listOf(ValueType.wholeNumber()), List.of(1L), "Seeds of the sets.");
    private static final Key<List<ConfigObject>> TASKS =
            Key.optional("tasks", ValueType.blocks(), List.of(), "The tasks, as in a sweep.");
    private static final List<Key<?>> EXAMINATION_KEYS = List.of(SHOTS, SETS, QUERIES, SEEDS, TASKS);

    private final String path;
    private final Faults faults = new Faults();
    private final Environment environment;

    /** @param path what faults call the block */
    private TrainingConfigurationReader(String path, Environment environment) {
        this.path = path;
        this.environment = environment;
    }

    /**
     * Reads a file, with the settings of the command line on top.
     *
     * @throws InputException with every fault there is
     */
    public static TrainingConfiguration read(Path file, List<String> settings) {
        return read(file, settings, Environment.ofThisProcess());
    }

    public static TrainingConfiguration read(Path file, List<String> settings, Environment environment) {
        return new TrainingConfigurationReader(ROOT, environment)
                .read(new ConfigurationSource(file, settings, environment));
    }

    /** Reads a block that is none of a file's own, as a variant of a sweep. */
    public static TrainingConfiguration read(ConfigObject training, String path, Path file, Environment environment) {
        return new TrainingConfigurationReader(path, environment).read(training, file);
    }

    private TrainingConfiguration read(ConfigurationSource source) {
        ConfigObject root = source.load(faults);
        faults.throwIfAny();
        @Nullable ConfigValue block = root.get(ROOT);
        if (!(block instanceof ConfigObject training)) {
            faults.add(HoconTree.place(root), ROOT, "is missing; expected a block training { … }");
            faults.throwIfAny();
            throw new IllegalStateException("unreachable: a fault was noted");
        }
        return read(training, source.file());
    }

    private TrainingConfiguration read(ConfigObject training, Path file) {
        try {
            return read(training);
        } catch (InvalidPathException e) {
            faults.add(ConfigurationSource.ofFileName(file, e));
            throw new InputException(faults.found());
        }
    }

    private TrainingConfiguration read(ConfigObject training) {
        Section section = Section.root(path, training, faults);
        section.allow(KEYS);
        long seed = section.get(SEED);
        ObjectNode model = model(section);
        Episodes episodes = episodes(section.child(EPISODES), seed);
        if (episodes instanceof TrainingConfiguration.OfRunningText && !readsBytes(model)) {
            section.fault(MODEL.name(), "reads no bytes; expected tokenizer = bytes and vocab_size = 256, or more");
        }
        TrainingConfiguration configuration = new TrainingConfiguration(
                section.get(NAME),
                model,
                seed,
                section.get(START),
                biases(section),
                section.get(FROZEN),
                optimizer(section.child(OPTIMIZER)),
                section.get(STEPS),
                new TrainingRun.Rhythm(section.get(LOG), section.get(VALIDATE), Duration.ofSeconds(section.get(SAVE))),
                episodes,
                examination(section.child(VALIDATION)),
                examination(section.child(EVALUATION)),
                heldOut(section.child(HELD_OUT), episodes),
                Path.of(section.get(OUTPUT)),
                resolved(training));
        faults.throwIfAny();
        return configuration;
    }

    /** The configuration as it was read, with {@code ${data}} where the data sets stand. */
    private String resolved(ConfigObject training) {
        String text = training.atKey(ROOT)
                .root()
                .render(ConfigRenderOptions.defaults()
                        .setOriginComments(false)
                        .setComments(false)
                        .setJson(false));
        return environment
                .data()
                .map(data -> text.replace("\"" + data, "${data}\""))
                .orElse(text);
    }

    private ObjectNode model(Section section) {
        ObjectNode model = JSON.valueToTree(HoconTree.of(section.get(MODEL)).plainBlock());
        try {
            if (!model.isEmpty()) {
                CheckpointLayout.of(model);
            }
        } catch (ModelException e) {
            section.fault(MODEL.name(), String.valueOf(e.getMessage()));
        }
        return model;
    }

    private static boolean readsBytes(ObjectNode model) {
        return model.path("tokenizer").asText().equals("bytes")
                && model.path("vocab_size").asInt() >= BYTES;
    }

    private static OptionalDouble biases(Section section) {
        if (!section.has(BIASES.name())) {
            return OptionalDouble.empty();
        }
        Section biases = section.child(BIASES);
        biases.allow(List.of(NORMALISER));
        return OptionalDouble.of(biases.get(NORMALISER));
    }

    private static OptimizerSettings optimizer(Section section) {
        section.allow(OPTIMIZER_KEYS);
        int warmup = section.get(WARMUP);
        LearningRateSchedule schedule = section.get(SCHEDULE).equals("cosine")
                ? new LearningRateSchedule.WarmupCosine(warmup, section.get(FLOOR))
                : new LearningRateSchedule.ConstantThenLinear(warmup, section.get(CONSTANT));
        List<OptimizerSettings.Group> groups = new ArrayList<>();
        for (Section group : section.children(GROUPS)) {
            Key<Double> rate = Key.optional("learning-rate", ValueType.number(), 1.0, "Factor.");
            Key<Double> decay = Key.optional("weight-decay", ValueType.number(), 1.0, "Factor.");
            group.allow(List.of(PART, rate, decay));
            groups.add(new OptimizerSettings.Group(group.get(PART), group.get(rate), group.get(decay)));
        }
        return new OptimizerSettings(
                section.get(RATE),
                section.get(BETA1),
                section.get(BETA2),
                section.get(EPSILON),
                section.get(DECAY),
                section.get(CLIP),
                schedule,
                groups);
    }

    private Episodes episodes(Section section, long seed) {
        section.allow(EPISODE_KEYS);
        String kind = section.get(KIND);
        if (kind.equals("vectors")) {
            return new TrainingConfiguration.OfVectors(
                    task(section, HoconTree.of(section.get(TASK)).plainBlock()),
                    section.get(LABELS),
                    section.get(EXAMPLES),
                    section.get(BATCH));
        } else if (kind.equals("random-tokens")) {
            return new TrainingConfiguration.OfRandomTokens(
                    section.get(VOCABULARY), section.get(LENGTH), section.get(BATCH));
        }
        List<TextSource> sources = new ArrayList<>();
        section.children(SOURCES).forEach(source -> sources.add(source(source)));
        if (sources.isEmpty()) {
            section.fault("", "sources are missing: texts to train on");
        }
        if (kind.equals("running-text")) {
            return new TrainingConfiguration.OfRunningText(
                    unlabelled(section, sources), section.get(LENGTH), section.get(BATCH));
        }
        TextEpisodes.Settings settings = new TextEpisodes.Settings(
                section.get(TOKENS),
                section.get(BATCH),
                section.get(WORDS),
                section.get(DROPOUT),
                section.get(LABELS),
                section.get(CLASSES),
                weights(section.child(WEIGHTS)),
                poles(section),
                seed);
        return new TrainingConfiguration.OfTexts(sources, settings, section.get(VECTOR_SIZE), section.get(POWER));
    }

    private static List<TextSource.Unlabelled> unlabelled(Section section, List<TextSource> sources) {
        List<TextSource.Unlabelled> texts = new ArrayList<>();
        for (TextSource source : sources) {
            if (source instanceof TextSource.Unlabelled text) {
                texts.add(text);
            } else {
                section.fault(
                        SOURCES.name(), source.file() + " is no running text; expected form wikitext or speeches");
            }
        }
        return texts;
    }

    private TrainingConfiguration.HeldOut heldOut(Section section, Episodes episodes) {
        section.allow(HELD_OUT_KEYS);
        List<TextSource> sources = new ArrayList<>();
        section.children(SOURCES).forEach(source -> sources.add(source(source)));
        TrainingConfiguration.HeldOut heldOut = new TrainingConfiguration.HeldOut(
                unlabelled(section, sources), section.get(PREDICTED), section.get(WINDOWS), section.get(REPEATED));
        if (!sources.isEmpty()) {
            check(heldOut, section, episodes);
        }
        return heldOut;
    }

    private static void check(TrainingConfiguration.HeldOut heldOut, Section section, Episodes episodes) {
        if (!(episodes instanceof TrainingConfiguration.OfRunningText trained)) {
            section.fault("", "is for episodes of kind = running-text only");
            return;
        }
        for (TextSource source : heldOut.sources()) {
            if (trained.sources().stream().anyMatch(other -> other.file().equals(source.file()))) {
                section.fault(SOURCES.name(), source.file() + " is trained on");
            }
        }
        check(WINDOWS, heldOut.windows(), heldOut.tokens(), section);
        check(REPEATED, heldOut.repeated(), heldOut.tokens(), section);
    }

    private static void check(Key<List<Integer>> key, List<Integer> lengths, int tokens, Section section) {
        for (int length : lengths) {
            if (tokens % length != 0) {
                section.fault(key.name(), "%d tokens are no multiple of %d".formatted(tokens, length));
            }
        }
    }

    private TextSource source(Section section) {
        section.allow(List.of(FORM, FILE, SET, WITHOUT));
        String given = section.get(FILE);
        Path file = environment.inputs().find(given).orElse(Path.of(given));
        if (!given.isEmpty() && environment.inputs().find(given).isEmpty()) {
            section.fault(FILE.name(), environment.inputs().missing(given));
        }
        return switch (section.get(FORM)) {
            case "wikitext" -> new TextSource.WikiText(file);
            case "speeches" -> new TextSource.Speeches(file);
            default -> new TextSource.Labelled(section.get(SET), file, new HashSet<>(section.get(WITHOUT)));
        };
    }

    private static Map<TextEpisodes.Kind, Double> weights(Section section) {
        Map<TextEpisodes.Kind, Double> weights = new EnumMap<>(TextEpisodes.Kind.class);
        List<Key<?>> known = new ArrayList<>();
        for (TextEpisodes.Kind kind : TextEpisodes.Kind.values()) {
            double fallback = kind == TextEpisodes.Kind.SINGLE ? 1 : 0;
            Key<Double> key = Key.optional(ValueType.spelled(kind), ValueType.number(), fallback, "Weight.");
            known.add(key);
            weights.put(kind, section.get(key));
        }
        section.allow(known);
        return weights;
    }

    private static TextEpisodes.Poles poles(Section section) {
        if (!section.has(POLES.name())) {
            return new TextEpisodes.Poles("", List.of(), List.of());
        }
        Map<String, Object> poles = HoconTree.of(section.get(POLES)).plainBlock();
        for (String key : poles.keySet()) {
            if (!Set.of("set", "positive", "negative").contains(key)) {
                section.fault(POLES.name(), "unknown key " + key + "; known are set, positive, negative");
            }
        }
        return new TextEpisodes.Poles(
                String.valueOf(poles.get("set")), unions(poles.get("positive")), unions(poles.get("negative")));
    }

    private static List<List<String>> unions(@Nullable Object value) {
        List<List<String>> unions = new ArrayList<>();
        if (value instanceof List<?> alternatives) {
            for (Object alternative : alternatives) {
                if (alternative instanceof List<?> labels) {
                    unions.add(labels.stream().map(String::valueOf).toList());
                }
            }
        }
        return unions;
    }

    private Examination examination(Section section) {
        section.allow(EXAMINATION_KEYS);
        List<Map<String, Object>> tasks = new ArrayList<>();
        section.children(TASKS)
                .forEach(task -> tasks.add(task(task, HoconTree.of(task.block()).plainBlock())));
        return new Examination(section.get(SHOTS), section.get(SETS), section.get(QUERIES), section.get(SEEDS), tasks);
    }

    /** The task's parameters, with its files where they are; made once to find its faults. */
    private Map<String, Object> task(Section section, Map<String, Object> parameters) {
        Map<String, Object> located = new LinkedHashMap<>(parameters);
        for (String key : List.of("train", "test")) {
            if (located.get(key) instanceof String file) {
                located.put(
                        key, environment.inputs().find(file).map(Path::toString).orElse(file));
            }
        }
        try {
            TaskCatalogue.create(String.valueOf(located.get("name")), located);
        } catch (DataFaults e) {
            section.fault("", String.valueOf(e.getMessage()));
        }
        return located;
    }
}
