package org.iclsweep.sweep.cli;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.generation.Generation;
import org.iclsweep.model.generation.TokenChoice;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Piece;
import org.iclsweep.model.prompt.WholeText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code generate}: text continued prompted, converted and without its context, side by side. */
@Command(
        name = "generate",
        description =
                "Generates text with the context in the prompt, with the converted model, and without the context,"
                        + " side by side.",
        footer =
                "bin/icl-sweep generate --model models/text-icl --context context.txt --prompt \"is it raining <arrow>\" --max-tokens 1")
final class GenerateCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EOS = "eos_token_id";

    @Mixin
    private ModelOption named = new ModelOption();

    static final class ContextOption {
        @Option(
                names = "--context",
                paramLabel = "FILE",
                description = "The context: a UTF-8 text file, or a .json file with an array of token ids.")
        private @Nullable Path file;

        @Option(names = "--context-text", paramLabel = "TEXT", description = "The context as text.")
        private @Nullable String text;

        private Piece read(ModelOnDisk model) throws IOException {
            return file == null ? model.text(text == null ? "" : text) : model.contextIn(file);
        }
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup
    private @Nullable ContextOption context;

    static final class PromptOption {
        @Option(
                names = "--prompt",
                paramLabel = "TEXT",
                description = "The text to continue, at least one token; read together with the context.")
        private @Nullable String text;

        @Option(
                names = "--prompt-ids",
                split = ",",
                paramLabel = "ID",
                description = "The prompt as token ids, for models without a tokenizer.")
        private int @Nullable [] ids;

        private Piece read(ModelOnDisk model) {
            Piece prompt = ids == null
                    ? model.text(text == null ? "" : text)
                    : Piece.tokens(model.tokens(ids, "--prompt-ids"));
            if (prompt.places() == 0) {
                throw new WrongInputException("--prompt: expected at least one token, found none");
            }
            return prompt;
        }
    }

    @ArgGroup(multiplicity = "1")
    private PromptOption prompt = new PromptOption();

    @Option(names = "--max-tokens", required = true, paramLabel = "N", description = "Largest number of new tokens.")
    private int maxTokens = 1;

    @Mixin
    private MethodOptions method = new MethodOptions();

    @Option(names = "--sample", description = "Sample tokens by their probability (default: greedy).")
    private boolean sample;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "With --sample: the temperature T in softmax(logits / T) (default 1).")
    private @Nullable Double temperature;

    @Option(names = "--seed", paramLabel = "N", description = "With --sample: the random seed (default 1).")
    private @Nullable Long seed;

    @Option(
            names = "--no-cache",
            description = "Compute the prompted text without a KV cache or state: all tokens anew for every new one.")
    private boolean noCache;

    @Mixin
    private ArithmeticOptions arithmetic = new ArithmeticOptions();

    @Option(names = "--json", description = "Print one JSON object, with the token ids.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Supplier<TokenChoice> choice = choice();
        if (maxTokens < 1) {
            throw new WrongInputException("--max-tokens: expected at least 1, found " + maxTokens);
        }
        Path directory = named.directory();
        try (ModelOnDisk model = arithmetic.open(directory)) {
            ConversionMethod conversion = method.of(model.model().layout(), directory);
            Piece before = context == null ? Piece.NOTHING : context.read(model);
            Piece text = prompt.read(model);
            WholeText.Divided both = model.divided(before, text, "--prompt");
            WholeText.Divided alone = model.divided(Piece.NOTHING, text, "--prompt");
            print(model, conversion, continued(model, conversion, both, alone, choice));
        }
        return 0;
    }

    private Supplier<TokenChoice> choice() {
        if (!sample) {
            if (temperature != null || seed != null) {
                throw new WrongInputException("--temperature and --seed are for --sample: add it");
            }
            return () -> TokenChoice.GREEDY;
        }
        try {
            return TokenChoice.sampled(temperature == null ? 1 : temperature, seed == null ? 1 : seed);
        } catch (IllegalArgumentException e) {
            throw new WrongInputException("--temperature: " + e.getMessage());
        }
    }

    private Continuations continued(
            ModelOnDisk model,
            ConversionMethod conversion,
            WholeText.Divided both,
            WholeText.Divided alone,
            Supplier<TokenChoice> choice) {
        Generation generation = new Generation(model.model(), maxTokens, ends(model));
        Map<String, int[]> tokens = new LinkedHashMap<>();
        long bytes = 0;
        try (NDManager scope = model.model().newBatch()) {
            ContextState initial = model.model().initialState(scope);
            Function<WholeText.Divided, int[]> after = prompt -> noCache
                    ? generation.rereading(prompt.context(), prompt.rest(), choice.get())
                    : generation.from(initial, prompt.context().then(prompt.rest()), choice.get());
            if (context != null && both.context().length() > 0) {
                tokens.put(Continuations.PROMPTED, after.apply(both));
                ConvertedModels converted = conversion.convert(model.model(), scope, both.context());
                tokens.put(Continuations.CONVERTED, generation.from(converted.state(), both.rest(), choice.get()));
                bytes = converted.sizes().get(0).bytes();
            }
            tokens.put(Continuations.WITHOUT_CONTEXT, after.apply(alone));
        }
        return new Continuations(both, alone, tokens, generation.ends(), bytes);
    }

    /** The end-of-sequence tokens, one, several or none: those of generation_config.json, else of config.json. */
    private static Set<Integer> ends(ModelOnDisk model) {
        Set<Integer> ends = new HashSet<>();
        JsonNode generation = model.checkpoint().generationConfig();
        JsonNode given =
                (generation.hasNonNull(EOS) ? generation : model.checkpoint().config()).path(EOS);
        (given.isArray() ? given : JSON.createArrayNode().add(given)).forEach(id -> {
            if (id.isIntegralNumber()) {
                ends.add(id.intValue());
            }
        });
        return ends;
    }

    private void print(ModelOnDisk model, ConversionMethod conversion, Continuations all) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JSON.writeValueAsString(json(model, conversion, all)));
            return;
        }
        all.tokens().forEach((run, tokens) -> {
            String text = model.tokenizer() == null ? Arrays.toString(tokens) : all.shown(run, model.tokenizer());
            String heading = run.equals(Continuations.CONVERTED)
                    ? "converted, %s, %s:".formatted(conversion.name(), all.summary())
                    : run.replace(Continuations.WITHOUT_CONTEXT, "without the context") + ":";
            out.printf("%s%n%s%n%n", heading, "  " + text.replace("\n", "\n  "));
        });
    }

    private ObjectNode json(ModelOnDisk model, ConversionMethod conversion, Continuations all) {
        ObjectNode object = JSON.createObjectNode();
        object.put("model", named.given()).put("method", conversion.name());
        all.tokens().forEach((run, tokens) -> {
            ObjectNode one = object.putObject(run);
            one.set("tokens", JSON.valueToTree(tokens));
            one.put("text", model.tokenizer() == null ? null : all.shown(run, model.tokenizer()));
            if (run.equals(Continuations.CONVERTED)) {
                one.put("bias_bytes", all.biasBytes()).put("same_as_prompted", all.same());
            }
        });
        return object;
    }
}
