package org.iclsweep.sweep.cli;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.ConformanceSuite;
import org.iclsweep.model.exactness.ConformanceSuite.Settings;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.model.generation.Generation;
import org.iclsweep.model.generation.TokenChoice;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.job.CodeVersion;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code conformance}: cases in which stacks lose their states, with the right logits. */
@Command(
        name = "conformance",
        description = "Writes prompts with the right logits for the cases in which stacks lose their states: queries at"
                + " once and in pieces, batches, copies, files and undoing, after short and long contexts."
                + " docs/conformance/conformance.py runs transformers or flash-linear-attention through them.",
        footer = "bin/icl-sweep conformance --model models/induction --out cases")
final class ConformanceCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin
    private ModelOption named = new ModelOption();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "CASES",
            description = "Directory of the cases; must not exist.")
    private Path out = Path.of("");

    @Option(
            names = "--contexts",
            split = ",",
            paramLabel = "N",
            description =
                    "Lengths of the contexts, in tokens (default 0,1,2,3,63,64,65,127,128,129); those of the model's"
                            + " windows, one less and one more are added.")
    private @Nullable List<Integer> contexts;

    @Option(
            names = "--longest",
            paramLabel = "N",
            defaultValue = "1100",
            description = "Contexts of more tokens are left out, and named (default 1100).")
    private int longest = 1100;

    @Option(names = "--seed", defaultValue = "1", description = "Seed of the random tokens (default 1).")
    private long seed = 1;

    @Mixin
    private DtypeOption dtype = new DtypeOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Override
    public Integer call() throws IOException {
        List<Integer> lengths = contexts == null ? Settings.STANDARD : contexts;
        if (lengths.stream().anyMatch(length -> length < 0)) {
            throw new WrongInputException("--contexts: expected lengths of 0 or more tokens, found " + lengths);
        }
        WrongInputException.requireAbsent(out);
        Checkpoint checkpoint = Checkpoint.open(named.directory());
        try (LanguageModel model = LanguageModel.load(checkpoint, dtype.get(), device.get())) {
            requireTokens(model.layout().dimensions());
            Settings settings = new Settings(lengths, longest, seed, special(checkpoint));
            ConformanceSuite suite = ConformanceSuite.of(model.layout(), settings, text -> greedy(model, text));
            new ConformanceFiles(out).write(about(checkpoint, model, suite), suite, model);
            report(suite);
        }
        return 0;
    }

    private void requireTokens(Dimensions dimensions) {
        if (dimensions.inputSize() > 0 || dimensions.outputSize() > 0) {
            throw new WrongInputException(
                    named.given() + ": expected a model that reads and predicts tokens, found one of"
                            + " vectors, which no other stack runs; use verify");
        }
    }

    private void report(ConformanceSuite suite) {
        System.out.printf(
                "%s: %d cases of %d prompts%n",
                out, suite.cases().size(), suite.prompts().size());
        if (!suite.leftOut().isEmpty()) {
            System.err.printf(
                    "Left out: contexts of %s tokens, more than --longest %d or than the model's positions.%n",
                    suite.leftOut(), longest);
        }
    }

    private static TokenSequence greedy(LanguageModel model, TokenSequence text) {
        return TokenSequence.of(new Generation(model, ConformanceSuite.QUERY_TOKENS - 1, Set.of())
                .rereading(TokenSequence.EMPTY, text, TokenChoice.GREEDY));
    }

    /** The ids that config.json gives a meaning: {@code pad_token_id}, {@code eos_token_id}, which may be a list. */
    private static Set<Integer> special(Checkpoint checkpoint) {
        Set<Integer> special = new HashSet<>();
        for (Map.Entry<String, JsonNode> field : checkpoint.textConfig().properties()) {
            JsonNode value = field.getValue();
            if (field.getKey().endsWith("_token_id")) {
                special.add(value.asInt(-1));
                value.forEach(id -> special.add(id.asInt(-1)));
            }
        }
        return special;
    }

    private ObjectNode about(Checkpoint checkpoint, LanguageModel model, ConformanceSuite suite) {
        ObjectNode about = JSON.createObjectNode()
                .put("format", ConformanceFiles.FORMAT)
                .put("icl_sweep", CodeVersion.CURRENT)
                .put("model", named.given())
                .put("model_type", checkpoint.modelType())
                .put("model_sha256", checkpoint.sha256())
                .put("dtype", model.type() == DataType.FLOAT64 ? "float64" : "float32")
                .put("seed", seed)
                .put("layers", model.layout().dimensions().layers());
        suite.leftOut().forEach(about.putArray("left_out")::add);
        return about;
    }
}
