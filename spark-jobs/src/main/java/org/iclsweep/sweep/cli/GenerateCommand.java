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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.generation.Generation;
import org.iclsweep.model.generation.TokenChoice;
import org.iclsweep.model.prompt.TokenSequence;
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
        sortOptions = false)
final class GenerateCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "The checkpoint's directory.")
    private Path modelDirectory = Path.of("");

    /** The context, if one is given. */
    static final class ContextOption {
        @Option(
                names = "--context",
                paramLabel = "FILE",
                description = "The context: a UTF-8 text file, or a .json file with an array of token ids.")
        private @Nullable Path file;

        @Option(names = "--context-text", paramLabel = "TEXT", description = "The context as text.")
        private @Nullable String text;

        private TokenSequence tokens(ModelOnDisk model) throws IOException {
            return file == null ? model.tokens(text == null ? "" : text) : model.tokensIn(file);
        }
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup
    private @Nullable ContextOption context;

    /** The text to continue. */
    static final class PromptOption {
        @Option(
                names = "--prompt",
                paramLabel = "TEXT",
                description = "The text to continue, at least one token; tokenised separately from the context.")
        private @Nullable String text;

        @Option(
                names = "--prompt-ids",
                split = ",",
                paramLabel = "ID",
                description = "The prompt as token ids, for models without a tokenizer.")
        private int @Nullable [] ids;

        private TokenSequence tokens(ModelOnDisk model) {
            TokenSequence tokens =
                    ids == null ? model.tokens(text == null ? "" : text) : model.tokens(ids, "--prompt-ids");
            if (tokens.length() == 0) {
                throw new WrongInputException("--prompt: expected at least one token, found none");
            }
            return tokens;
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

    @Option(names = "--dtype", defaultValue = "float64", description = "float64 (default) or float32.")
    private String dtype = "float64";

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Option(names = "--json", description = "Print one JSON object, with the token ids.")
    private boolean json;

    /**
     * One continuation.
     *
     * @param text null where there is no tokenizer
     * @param conversion size and agreement with the prompted text; null but for the converted one
     */
    private record Continued(
            List<Integer> tokens,
            @Nullable String text,
            @Nullable Conversion conversion) {
        String shown() {
            return text == null ? tokens.toString() : text;
        }

        /** The length of the common prefix with {@code other}. */
        int sameAs(Continued other) {
            int most = Math.min(tokens.size(), other.tokens.size());
            int same = 0;
            while (same < most && tokens.get(same).equals(other.tokens.get(same))) {
                same++;
            }
            return same;
        }
    }

    /**
     * The size of a conversion, and its agreement with the prompted text.
     *
     * @param bytes of the biases
     * @param same length of the common prefix with the prompted text
     * @param of number of new tokens of the prompted text
     */
    private record Conversion(long bytes, int same, int of) {
        String summary() {
            String tokens =
                    same < of ? "the first " + same + " of " + of + " tokens the same" : "the same " + of + " tokens";
            return bytes + " bytes of biases, " + (of == 1 && same == 1 ? "the same token" : tokens);
        }
    }

    @Override
    public Integer call() throws IOException {
        Supplier<TokenChoice> choice = choice();
        if (maxTokens < 1) {
            throw new WrongInputException("--max-tokens: expected at least 1, found " + maxTokens);
        }
        try (ModelOnDisk model = ModelOnDisk.open(modelDirectory, VerifyCommand.type(dtype), device.get())) {
            ConversionMethod conversion = method.of(model.model().layout(), modelDirectory);
            TokenSequence before = context == null ? TokenSequence.of() : context.tokens(model);
            print(model, conversion, continued(model, conversion, before, prompt.tokens(model), choice));
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

    /** The continuations by the name of the run; without a context the model's own alone. */
    private Map<String, Continued> continued(
            ModelOnDisk model,
            ConversionMethod conversion,
            TokenSequence before,
            TokenSequence text,
            Supplier<TokenChoice> choice) {
        Generation generation = new Generation(model.model(), maxTokens, ends(model));
        Map<String, Continued> all = new LinkedHashMap<>();
        try (NDManager scope = model.model().newBatch()) {
            if (before.length() > 0) {
                Continued prompted = prompted(model, generation, scope, before, text, choice.get());
                all.put("prompted", prompted);
                ConvertedModels converted = conversion.convert(model.model(), scope, before);
                Continued made = decoded(model, generation.from(converted.state(), text, choice.get()));
                Conversion kept = new Conversion(
                        converted.sizes().get(0).bytes(),
                        made.sameAs(prompted),
                        prompted.tokens().size());
                all.put("converted", new Continued(made.tokens(), made.text(), kept));
            }
            int[] bare = noCache
                    ? generation.rereading(TokenSequence.of(), text, choice.get())
                    : generation.from(model.model().initialState(scope), text, choice.get());
            all.put("without_context", decoded(model, bare));
        }
        return all;
    }

    private Continued prompted(
            ModelOnDisk model,
            Generation generation,
            NDManager scope,
            TokenSequence before,
            TokenSequence text,
            TokenChoice choice) {
        int[] made = noCache
                ? generation.rereading(before, text, choice)
                : generation.from(
                        model.model().initialState(scope), TokenSequence.concat(List.of(before, text)), choice);
        return decoded(model, made);
    }

    private static Continued decoded(ModelOnDisk model, int[] made) {
        String text = model.tokenizer() == null ? null : model.tokenizer().decode(made);
        return new Continued(Arrays.stream(made).boxed().toList(), text, null);
    }

    /** The end-of-sequence tokens of the configuration: one, several or none. */
    private static Set<Integer> ends(ModelOnDisk model) {
        Set<Integer> ends = new HashSet<>();
        JsonNode given = model.checkpoint().config().path("eos_token_id");
        (given.isArray() ? given : JSON.createArrayNode().add(given)).forEach(id -> {
            if (id.isIntegralNumber()) {
                ends.add(id.intValue());
            }
        });
        return ends;
    }

    private void print(ModelOnDisk model, ConversionMethod conversion, Map<String, Continued> all) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JSON.writeValueAsString(json(model, conversion, all)));
            return;
        }
        all.forEach((run, continued) -> out.printf(
                "%s%n%s%n%n",
                heading(run, conversion, continued.conversion()),
                continued.shown().indent(2).stripTrailing()));
    }

    private static String heading(String run, ConversionMethod method, @Nullable Conversion conversion) {
        String details = conversion == null ? "" : ", " + method.name() + ", " + conversion.summary();
        return run.equals("without_context") ? "without the context:" : run + details + ":";
    }

    private ObjectNode json(ModelOnDisk model, ConversionMethod conversion, Map<String, Continued> all) {
        ObjectNode object = JSON.createObjectNode();
        object.put("model", model.checkpoint().directory().toString()).put("method", conversion.name());
        all.forEach((run, continued) -> {
            ObjectNode one = object.putObject(run);
            one.set("tokens", JSON.valueToTree(continued.tokens()));
            one.put("text", continued.text());
            Conversion kept = continued.conversion();
            if (kept != null) {
                one.put("bias_bytes", kept.bytes()).put("same_as_prompted", kept.same());
            }
        });
        return object;
    }
}
