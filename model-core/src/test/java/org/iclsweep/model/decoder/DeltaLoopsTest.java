package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.Models;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both computations of {@code kda}, {@code comba} and {@code gated_deltaproduct}, in random combinations of their
 * options, give in float64 what the plainest loops give; so do prompts that share a beginning.
 */
class DeltaLoopsTest {
    private static final double TOLERANCE = 1e-11;

    /** A configuration, whose models may have channels that forget at once. */
    record Options(ObjectNode config, int seed, boolean forgetsFast) {}

    static Stream<Options> options() {
        return Stream.of("kda", "comba", "gated_deltaproduct")
                .flatMap(type -> IntStream.range(0, 6).mapToObj(seed -> options(type, seed)));
    }

    private static Options options(String type, int seed) {
        Random random = new Random(seed);
        int heads = 1 + random.nextInt(3);
        ObjectNode config = Models.of(type, 12, 2)
                .put("num_heads", heads)
                .put("head_dim", 2 * (1 + random.nextInt(3)))
                .put("expand_v", random.nextBoolean() ? 1.5 : 1)
                .put("use_short_conv", random.nextInt(3) > 0)
                .put("conv_size", 1 + random.nextInt(4))
                .put("tie_word_embeddings", random.nextBoolean())
                .put("norm_eps", random.nextBoolean() ? 1e-6 : 1e-2);
        switch (type) {
            case "kda" -> {
                config.put("num_v_heads", heads * (1 + random.nextInt(2)))
                        .put("allow_neg_eigval", random.nextBoolean())
                        .put("lower_bound", random.nextBoolean() ? -3.5 : null);
            }
            case "comba" ->
                config.put("num_v_heads", heads * (1 + random.nextInt(2))).put("use_output_gate", random.nextBoolean());
            default ->
                config.put("num_householder", 1 + seed % 3)
                        .put("use_forget_gate", random.nextBoolean())
                        .put("allow_neg_eigval", random.nextBoolean())
                        .put("use_output_gate", random.nextBoolean());
        }
        return new Options(config, seed, seed % 3 == 0);
    }

    /** Weights, in which every third model has channels that forget at once and others that hardly do. */
    private static DrawnWeights weights(Options options) {
        DrawnWeights weights = DrawnWeights.of(options.config(), options.seed(), true);
        if (options.forgetsFast()) {
            Random random = new Random(options.seed());
            weights.values().forEach((name, values) -> {
                if (name.endsWith("dt_bias")) {
                    Arrays.setAll(values, i -> random.nextBoolean() ? 9 : -9);
                }
            });
        }
        return weights;
    }

    private record Prompt(TokenSequence context, TokenSequence query) {}

    /** Contexts across the chunks' border, within one chunk, of a single token, and none. */
    private static List<Prompt> prompts(int seed) {
        Random random = new Random(seed);
        return IntStream.of(65 + random.nextInt(20), 2 + random.nextInt(30), 1, 0)
                .mapToObj(length ->
                        new Prompt(Models.tokens(random, length), Models.tokens(random, 1 + random.nextInt(5))))
                .toList();
    }

    private static double[] expected(Options options, DrawnWeights weights, List<Prompt> prompts) {
        return prompts.stream()
                .flatMap(prompt -> {
                    double[][] logits = new DeltaLoops(options.config(), weights.values())
                            .read(prompt.context().then(prompt.query()));
                    return Arrays.stream(logits).skip(prompt.context().length());
                })
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void theUninterruptedRunAndTheBareQueriesOnTheStatesGiveTheLogitsOfTheLoops(Options options) {
        DrawnWeights weights = weights(options);
        List<Prompt> prompts = prompts(options.seed());
        double[] expected = expected(options, weights, prompts);
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = prompts.stream()
                    .map(prompt -> PromptTree.of(prompt.context(), prompt.query()))
                    .toList();
            Closeness.assertClose(
                    "prompted",
                    model.logits(model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE))
                            .toDoubleArray(),
                    expected,
                    TOLERANCE);
            List<List<TokenSequence>> contexts =
                    prompts.stream().map(prompt -> List.of(prompt.context())).toList();
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LADDER)
                    .get(0);
            List<Continuation> queries = prompts.stream()
                    .map(prompt -> new Continuation(prompt.query(), 0))
                    .toList();
            Closeness.assertClose(
                    "converted",
                    model.logits(model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE))
                            .toDoubleArray(),
                    expected,
                    TOLERANCE);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void queriesThatBranchOffATrunkGiveTheLogitsOfTheirOwnPrompts(Options options) {
        DrawnWeights weights = weights(options);
        TokenSequence trunk = prompts(options.seed()).get(0).context();
        TokenSequence query = prompts(options.seed()).get(1).query();
        List<Integer> cuts = List.of(trunk.length(), 1, 40);
        PromptTree tree = new PromptTree(
                trunk,
                cuts.stream()
                        .map(cut -> new PromptTree.Branch(cut, new Continuation(query, 0)))
                        .toList());
        List<Prompt> prompts =
                cuts.stream().map(cut -> new Prompt(trunk.slice(0, cut), query)).toList();
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            Closeness.assertClose(
                    "prompted",
                    model.logits(model.prompted(batch, List.of(tree), Padding.LADDER, RunObserver.NONE))
                            .toDoubleArray(),
                    expected(options, weights, prompts),
                    TOLERANCE);
        }
    }
}
