package org.iclsweep.model.training;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.HuggingFaceTokenizerFile;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.training.TrainingConfiguration.Biases;
import org.iclsweep.model.training.TrainingConfiguration.Examination;
import org.iclsweep.model.training.TrainingConfiguration.HeldOut;
import org.jspecify.annotations.Nullable;

/**
 * A training from its configuration to a shipped checkpoint: {@link #train}, {@link #export}, {@link #evaluate}. An
 * unfinished training is kept in {@code OUTPUT.training}; it goes on from there.
 */
public final class Training {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKENIZER = "tokenizer.json";
    private static final String CONFIGURATION = "training.conf";
    private static final String REPORT = "evaluation.md";
    /** Characters of the vocabulary, at most. */
    private static final int MOST_CHARACTERS = 120;
    /** Least number of occurrences for a pair of tokens to be merged. */
    private static final int LEAST_PAIRS = 2;
    /** Largest distance between words that are counted as neighbours. */
    private static final int WINDOW = 5;

    private final TrainingConfiguration configuration;
    private final String text;
    private final Path work;
    private final PrintStream progress;
    private final TrainingLog log;
    private final Device device;

    /** A training on the CPU. */
    public Training(ResolvedTraining training, PrintStream progress, TrainingLog log) {
        this(training, progress, log, Device.cpu());
    }

    /**
     * A training on {@code device}.
     *
     * @param progress the stream for lines about the progress
     * @param log is given the points of the learning curve
     */
    public Training(ResolvedTraining training, PrintStream progress, TrainingLog log, Device device) {
        this.configuration = training.configuration();
        this.text = training.text();
        Path output = configuration.directory().toAbsolutePath().normalize();
        this.work = output.resolveSibling(output.getFileName() + ".training");
        this.progress = progress;
        this.log = log;
        this.device = device;
    }

    /** Trains to the last step, from where an earlier run of the same configuration was interrupted. */
    public void train() {
        createWork();
        try (Material material = material();
                LanguageModel model = load(material.initial());
                Trainer trainer = new Trainer(
                        model,
                        configuration.optimizer(),
                        material.episodes(),
                        configuration.steps(),
                        name -> configuration.frozen().stream().anyMatch(name::contains))) {
            progress.printf(
                    Locale.ROOT,
                    "%s: %d parameters, %d steps%n",
                    configuration.name(),
                    model.tensors().values().stream().mapToLong(t -> t.size()).sum(),
                    configuration.steps());
            new TrainingRun(
                            trainer,
                            work,
                            identity(),
                            configuration.rhythm(),
                            validation(material.tokenizer()),
                            progress,
                            log)
                    .run();
        }
    }

    private LanguageModel load(Weights weights) {
        return LanguageModel.load(configuration.model(), weights, DataType.FLOAT32, device);
    }

    private void createWork() {
        writing(work, () -> {
            Files.createDirectories(work);
            Files.writeString(work.resolve(CONFIGURATION), text);
        });
    }

    private interface Write {
        void run() throws IOException;
    }

    private static void writing(Path directory, Write write) {
        try {
            write.run();
        } catch (IOException e) {
            throw new TrainingException(directory + " cannot be written: " + e, e);
        }
    }

    /** The key of the state on disk: that of the resolved configuration. */
    private String identity() {
        return Digest.of(text).substring(0, 16);
    }

    /** The initial weights of a training. */
    private record Material(
            Weights initial,
            EpisodeSource episodes,
            @Nullable Tokenizer tokenizer) implements AutoCloseable {
        @Override
        public void close() {
            if (tokenizer != null) {
                tokenizer.close();
            }
        }
    }

    private Material material() {
        long seed = configuration.seed();
        InitialWeights drawn = InitialWeights.of(configuration.model(), seed);
        InitialWeights plain = configuration.start() == TrainingConfiguration.Start.KEYS_AS_QUERIES
                ? drawn.withKeysAsQueries(configuration.model())
                : drawn;
        Biases biases = configuration.biases();
        InitialWeights weights = biases == null ? plain : plain.withBiases(configuration.model(), biases.normaliser());
        return configuration.episodes() instanceof Episodes.Seeded seeded
                ? new Material(weights, seeded.source(seed), null)
                : texts(weights, (TextEpisodes) configuration.episodes());
    }

    private Material texts(InitialWeights weights, TextEpisodes episodes) {
        progress.println("reading texts, learning a vocabulary");
        TrainingTexts texts = TrainingTexts.read(episodes.sources());
        List<String> special = episodes.specialTokens();
        int vocabulary = configuration.model().path("vocab_size").asInt();
        BytePairEncoding encoding =
                new BytePairTrainer(vocabulary, special, MOST_CHARACTERS, LEAST_PAIRS).train(texts.all().stream());
        writing(work, () -> encoding.write(work.resolve(TOKENIZER)));
        Tokenizer tokenizer = HuggingFaceTokenizerFile.read(work.resolve(TOKENIZER));
        TextPool pool = new TextPool(texts, tokenizer::encode, special.size());
        long seed = configuration.seed();
        if (configuration.start() == TrainingConfiguration.Start.STRUCTURED) {
            progress.println("counting word vectors");
            WordVectors words = new WordVectors(
                    vocabulary, special.size(), episodes.wordDimensions(), WINDOW, episodes.power(), seed);
            TokenStatistics statistics = TokenStatistics.of(pool.wholeTexts(), vocabulary);
            double[][] vectors = words.centred(words.of(pool.wholeTexts()), statistics);
            TextStart.of(configuration.model(), weights, TextStart.Sizes.of(configuration.model(), episodes), seed)
                    .apply(vectors, statistics);
        }
        return new Material(weights, new TextEpisodeSource(pool, episodes, seed), tokenizer);
    }

    private TrainingRun.@Nullable Validation validation(@Nullable Tokenizer tokenizer) {
        Examination examination = configuration.validation();
        if (examination.tasks().isEmpty()) {
            return null;
        }
        FewShotEvaluation evaluation = new FewShotEvaluation(configuration.model(), tokenizer, examination);
        return model -> evaluation
                .curves(model)
                .flatMap(curve -> curve.byShots().values().stream())
                .mapToDouble(FewShotEvaluation.Accuracies::model)
                .average()
                .orElse(0);
    }

    /** Writes the checkpoint of what was trained so far; its directory must not exist. */
    public void export() {
        if (!TrainingRun.hasState(work)) {
            throw new TrainingException(work + ": expected the state of a training, found none; train first");
        }
        List<Path> files = new ArrayList<>(List.of(work.resolve(CONFIGURATION)));
        if (Files.exists(work.resolve(TOKENIZER))) {
            files.add(work.resolve(TOKENIZER));
        }
        TrainingRun.export(work, configuration.directory(), configuration.model(), files);
        progress.println("wrote " + configuration.directory());
    }

    /** True if the directory of the checkpoint has that of this training. */
    public boolean isExported() {
        Path configured = configuration.directory().resolve(CONFIGURATION);
        return Files.exists(configured) && read(configured).equals(text);
    }

    /** The report of the checkpoint that was written, as a table; evaluated where that was interrupted. */
    public String evaluation() {
        Path report = configuration.directory().resolve(REPORT);
        return Files.exists(report) ? read(report) : evaluate();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new TrainingException(file + " cannot be read: " + e, e);
        }
    }

    /** Evaluates the checkpoint that was written; the report is written beside it and returned as a table. */
    public String evaluate() {
        EvaluationReport report = measure();
        String table = report.markdown(configuration.name());
        Path directory = configuration.directory();
        writing(directory, () -> {
            Files.write(
                    directory.resolve("evaluation.json"),
                    JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(report.json()));
            Files.writeString(directory.resolve(REPORT), table);
        });
        return table;
    }

    /** Evaluates the checkpoint that was written. */
    public EvaluationReport measure() {
        Checkpoint checkpoint = Checkpoint.open(configuration.directory());
        Path tokenizerFile = configuration.directory().resolve(TOKENIZER);
        try (LanguageModel model = load(checkpoint);
                @Nullable Tokenizer tokenizer =
                                Files.exists(tokenizerFile) ? HuggingFaceTokenizerFile.read(tokenizerFile) : null) {
            List<FewShotEvaluation.Curve> curves = new FewShotEvaluation(
                            configuration.model(), tokenizer, configuration.evaluation())
                    .curves(model)
                    .peek(curve -> progress.println("evaluated " + curve.task()))
                    .toList();
            return new EvaluationReport(curves, heldOut(model));
        }
    }

    private List<HeldOutText.Score> heldOut(LanguageModel model) {
        HeldOut heldOut = configuration.heldOut();
        if (heldOut.sources().isEmpty()) {
            return List.of();
        }
        return new HeldOutText(RunningText.read(heldOut.sources()), heldOut.tokens())
                .scores(model, heldOut.windows(), heldOut.repeated());
    }
}
