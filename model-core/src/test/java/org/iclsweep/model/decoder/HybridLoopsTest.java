package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
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

/** Both computations of the finite mixers of hybrids give in float64 what the plainest loops give. */
class HybridLoopsTest {
    private static final double TOLERANCE = 1e-11;
    private static final int LAYERS = 2;

    static Stream<ObjectNode> configurations() {
        return IntStream.range(0, 6).boxed().flatMap(seed -> Stream.of(delta(seed), convolutions(seed)));
    }

    private static ObjectNode delta(int seed) {
        Random random = new Random(seed);
        int heads = 1 + random.nextInt(3);
        ObjectNode config = Models.of(seed % 2 == 0 ? "qwen3_next" : "qwen3_5_text", 16, LAYERS)
                .put("linear_num_key_heads", heads)
                .put("linear_num_value_heads", heads * (1 + random.nextInt(3)))
                .put("linear_key_head_dim", 2 + random.nextInt(5))
                .put("linear_value_head_dim", 2 + random.nextInt(5))
                .put("linear_conv_kernel_dim", 1 + random.nextInt(4))
                .put("tie_word_embeddings", random.nextBoolean())
                .put("rms_norm_eps", random.nextBoolean() ? 1e-6 : 1e-2);
        if (seed % 2 == 0) {
            IntStream.range(0, LAYERS)
                    .forEach(layer -> config.withArray("mlp_only_layers").add(layer));
        }
        return config;
    }

    private static ObjectNode convolutions(int seed) {
        Random random = new Random(seed);
        return Models.of("lfm2", 12, LAYERS)
                .put("conv_L_cache", 2 + random.nextInt(4))
                .put("conv_bias", random.nextBoolean())
                .put("tie_word_embeddings", random.nextBoolean())
                .put("norm_eps", random.nextBoolean() ? 1e-5 : 1e-2);
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

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void theUninterruptedRunAndTheBareQueriesOnTheStatesGiveTheLogitsOfTheLoops(ObjectNode config) {
        DrawnWeights weights = DrawnWeights.of(config, config.hashCode(), true);
        List<Prompt> prompts = prompts(config.hashCode());
        double[] expected = prompts.stream()
                .flatMap(prompt -> {
                    double[][] logits = new HybridLoops(config, weights.values())
                            .read(prompt.context().then(prompt.query()));
                    return Arrays.stream(logits).skip(prompt.context().length());
                })
                .flatMapToDouble(Arrays::stream)
                .toArray();
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = prompts.stream()
                    .map(prompt -> PromptTree.of(prompt.context(), prompt.query()))
                    .toList();
            NDArray prompted = model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE);
            Closeness.assertClose("prompted", model.logits(prompted).toDoubleArray(), expected, TOLERANCE);
            List<List<TokenSequence>> contexts =
                    prompts.stream().map(prompt -> List.of(prompt.context())).toList();
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LADDER)
                    .get(0);
            List<Continuation> queries = prompts.stream()
                    .map(prompt -> new Continuation(prompt.query(), 0))
                    .toList();
            NDArray converted = model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE);
            Closeness.assertClose("converted", model.logits(converted).toDoubleArray(), expected, TOLERANCE);
        }
    }
}
