package org.iclsweep.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.commons.io.FileUtils;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.conversion.ConvertedCheckpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The number of queries from which converting a context is cheaper: what it costs once, over what it saves with each
 * query. Queries come one at a time, each of 24 tokens with logits at its last; one thread, float32.
 */
final class BreakEven {
    private static final int QUERY = 24;
    private static final int[] CONTEXTS = {128, 512, 2000};

    /** Longer than the slots by enough to be told, and short enough to be fitted in seconds. */
    private static final int[] CACHED = {512, 1024};

    /** Turns that do not count, as code is compiled in them, and those that do. */
    private static final int WARM_UP = 3;

    private static final int TURNS = 9;

    private final Consumer<Ratio> found;

    private BreakEven(Consumer<Ratio> found) {
        this.found = found;
    }

    static Map<String, Ratios.Benchmark> benchmarks() {
        return Map.of("break-even", found -> new BreakEven(found).all());
    }

    private void all() {
        for (String directory : List.of("models/clusters-icl", "models/text-icl")) {
            Checkpoint checkpoint = Checkpoint.open(Path.of(System.getProperty("icl.sweep.home"), directory));
            for (int tokens : CONTEXTS) {
                againstThePrompt(directory, checkpoint, tokens);
            }
        }
        for (int tokens : CACHED) {
            againstTheCache(tokens);
        }
    }

    /** A converted checkpoint, written and opened again, against the prompt before each query, which needs neither. */
    private void againstThePrompt(String directory, Checkpoint checkpoint, int tokens) {
        try (LanguageModel model = LanguageModel.load(checkpoint, DataType.FLOAT32, Device.cpu())) {
            Random random = new Random(1);
            TokenSequence context = tokens(model, random, tokens);
            Continuation query = new Continuation(tokens(model, random, QUERY), QUERY - 1);
            found.accept(ratio(
                    "break-even prompt " + directory + " " + tokens,
                    Ratio.compared(
                            "conversion of %d tokens, its checkpoint written and opened / a query of %d after the prompt - on the checkpoint",
                            tokens, QUERY),
                    () -> convertedAndOpened(model, checkpoint, context)
                            / (Ratio.seconds(() -> prompted(model, context, query)) - stated(model, context, query))));
        }
    }

    private static TokenSequence tokens(LanguageModel model, Random random, int length) {
        int vocabulary = model.layout().dimensions().vocabulary();
        return TokenSequence.of(random.ints(length, 0, vocabulary).toArray());
    }

    private static void prompted(LanguageModel model, TokenSequence context, Continuation query) {
        try (NDManager batch = model.newBatch()) {
            NDArray hidden = model.prompted(
                    batch, List.of(PromptTree.of(context, List.of(query))), Padding.LONGEST, RunObserver.NONE);
            model.logits(hidden).max().getFloat();
        }
    }

    /** Seconds of a conversion, of the checkpoint that is written, and of a model that is loaded from it. */
    private static double convertedAndOpened(LanguageModel model, Checkpoint checkpoint, TokenSequence context) {
        try {
            Path parent = Files.createTempDirectory("break-even");
            try {
                return Ratio.seconds(() -> convertedAndOpened(model, checkpoint, context, parent.resolve("converted")));
            } finally {
                FileUtils.deleteDirectory(parent.toFile());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void convertedAndOpened(
            LanguageModel model, Checkpoint checkpoint, TokenSequence context, Path directory) {
        try (NDManager batch = model.newBatch()) {
            ReadBefore read = ReadBefore.NOTHING.then(null, context);
            ConvertedCheckpoint.write(checkpoint, state(model, batch, context), StoredType.F32, read, directory);
        }
        LanguageModel.load(Checkpoint.open(directory), DataType.FLOAT32, Device.cpu())
                .close();
    }

    private static ContextState state(LanguageModel model, NDManager batch, TokenSequence context) {
        return model.contextStates(batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                .get(0);
    }

    /** Seconds of a query on the state after a context. */
    private static double stated(LanguageModel model, TokenSequence context, Continuation query) {
        try (NDManager batch = model.newBatch()) {
            ContextState state = state(model, batch, context);
            return seconds(model, state, query);
        }
    }

    private static void continued(LanguageModel model, ContextState state, Continuation query) {
        try (NDManager batch = model.newBatch()) {
            NDArray hidden = model.continued(batch, List.of(query), state, Padding.LONGEST, RunObserver.NONE);
            model.logits(hidden).max().getFloat();
        }
    }

    /** A softmax model: 64 fitted slots for each key head against its cache of all keys and values. */
    private void againstTheCache(int tokens) {
        ConversionMethod cache = ConversionMethods.named("full-cache");
        ConversionMethod slots = ConversionMethods.named("attention-matching");
        try (LanguageModel model = Subject.model("llama", 512, 4, DataType.FLOAT32)) {
            Random random = new Random(1);
            TokenSequence context = tokens(model, random, tokens);
            Continuation query = new Continuation(tokens(model, random, QUERY), QUERY - 1);
            found.accept(ratio(
                    "break-even cache " + tokens,
                    Ratio.compared(
                            "fitting 64 slots to %d tokens of softmax attention - reading them into a cache / a query of %d on the cache - on the slots",
                            tokens, QUERY),
                    () -> {
                        Cost cached = cost(model, cache, context, query);
                        Cost fitted = cost(model, slots, context, query);
                        return (fitted.once() - cached.once()) / (cached.query() - fitted.query());
                    }));
        }
    }

    /** Seconds of processor time. */
    private record Cost(double once, double query) {}

    private static Cost cost(LanguageModel model, ConversionMethod method, TokenSequence context, Continuation query) {
        try (NDManager batch = model.newBatch()) {
            double began = Ratio.now();
            ContextState state = method.convert(model, batch, context).state();
            ModelRatios.read(state.tensors().values().iterator().next());
            double once = Ratio.now() - began;
            return new Cost(once, seconds(model, state, query));
        }
    }

    /** Seconds of a query on a state; the mean of a few, as one is short. */
    private static double seconds(LanguageModel model, ContextState state, Continuation query) {
        int times = 8;
        return Ratio.seconds(() -> IntStream.range(0, times).forEach(i -> continued(model, state, query))) / times;
    }

    private static Ratio ratio(String name, String compared, DoubleSupplier turn) {
        return Ratio.of(
                name,
                compared,
                DoubleStream.generate(turn)
                        .limit(WARM_UP + TURNS)
                        .skip(WARM_UP)
                        .boxed()
                        .toList());
    }
}
