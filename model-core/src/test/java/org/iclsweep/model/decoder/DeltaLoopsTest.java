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

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void theUninterruptedRunAndTheBareQueriesOnTheStatesGiveTheLogitsOfTheLoops(Options options) {
        DrawnWeights weights = weights(options);
        LoopsPrompts prompts = LoopsPrompts.ofSeed(options.seed());
        double[] expected = prompts.logits(text -> new DeltaLoops(options.config(), weights.values()).read(text));
        prompts.assertBothRunsGive(expected, options.config(), weights, TOLERANCE);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void queriesThatBranchOffATrunkGiveTheLogitsOfTheirOwnPrompts(Options options) {
        DrawnWeights weights = weights(options);
        LoopsPrompts drawn = LoopsPrompts.ofSeed(options.seed());
        TokenSequence trunk = drawn.prompts().get(0).context();
        TokenSequence query = drawn.prompts().get(1).query();
        List<Integer> cuts = List.of(trunk.length(), 1, 40);
        PromptTree tree = new PromptTree(
                trunk,
                cuts.stream()
                        .map(cut -> new PromptTree.Branch(cut, new Continuation(query, 0)))
                        .toList());
        LoopsPrompts prompts = new LoopsPrompts(cuts.stream()
                .map(cut -> new LoopsPrompts.Prompt(trunk.slice(0, cut), query))
                .toList());
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            Closeness.assertClose(
                    "prompted",
                    model.logits(model.prompted(batch, List.of(tree), Padding.LADDER, RunObserver.NONE))
                            .toDoubleArray(),
                    prompts.logits(text -> new DeltaLoops(options.config(), weights.values()).read(text)),
                    TOLERANCE);
        }
    }
}
