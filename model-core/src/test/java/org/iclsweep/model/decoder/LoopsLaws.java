package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

/**
 * Both computations of a family give in float64 what the plainest loops give. The loops run once per case.
 *
 * <p>A normaliser whose terms can have either sign crosses zero somewhere, and no computation has digits there: prompts
 * on which the loops see a normaliser cancel to less than {@value #CONDITIONING} of its terms (or see 0 / 0, as relu
 * features can give) are drawn again.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LoopsLaws {
    private static final int PROMPTS = 4;
    private static final int DRAWS = 5000;
    private static final double CONDITIONING = 2e-4;
    /** Of the largest expected number. */
    private static final double TOLERANCE = 1e-10;

    @Parameter
    LoopsCase given;

    private ObjectNode config;
    private DrawnWeights weights;
    private List<Prompt> prompts;

    /** A prompt that is well-posed for the model, and the oracle's logits behind the context's. */
    private record Prompt(TokenSequence context, TokenSequence query, double[][] logits) {}

    @BeforeParameterizedClassInvocation
    void runTheLoops() {
        Random random = new Random(given.seed());
        config = given.config();
        weights = DrawnWeights.of(config, given.seed(), random.nextInt(3) == 0);
        prompts = prompts(random);
    }

    private List<Prompt> prompts(Random random) {
        List<Prompt> drawn = new ArrayList<>();
        // Across the chunks' border, within one chunk, a single token, and none.
        int[] lengths = {longest(random), 2 + random.nextInt(30), 1, 0};
        for (int draw = 0; drawn.size() < PROMPTS && draw < DRAWS; draw++) {
            TokenSequence context = tokens(random, lengths[drawn.size()]);
            TokenSequence query = tokens(random, 1 + random.nextInt(5));
            Loops loops = Loops.of(config, weights.values());
            double[][] logits = loops.read(context.then(query), CONDITIONING);
            if (loops.leastConditioning() >= CONDITIONING) {
                drawn.add(new Prompt(context, query, Arrays.copyOfRange(logits, context.length(), logits.length)));
            }
        }
        assertThat(drawn).as("prompts that are well-posed").hasSize(PROMPTS);
        return drawn;
    }

    /** A softmax is well-posed whatever its context. */
    private int longest(Random random) {
        boolean softmax =
                config.has("attn") || !config.path("model_type").asText().startsWith("linear");
        return 65 + random.nextInt(softmax ? 66 : 20);
    }

    private TokenSequence tokens(Random random, int length) {
        int inputSize = config.path("input_size").asInt(0);
        return TokenSequence.concat(IntStream.range(0, length)
                .mapToObj(i -> inputSize > 0 && random.nextBoolean()
                        ? TokenSequence.ofVector(
                                random.doubles(inputSize, -2, 2).toArray())
                        : TokenSequence.of(random.nextInt(LoopsCase.VOCABULARY)))
                .toList());
    }

    @Test
    void theUninterruptedRunOfAPaddedBatchGivesTheLogitsOfTheLoops() {
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = prompts.stream()
                    .map(prompt -> PromptTree.of(prompt.context(), prompt.query()))
                    .toList();
            NDArray logits = model.logits(model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE));
            assertLogits(logits, prompts);
        }
    }

    @Test
    void theBareQueriesOnTheStatesOfTheirContextsGiveTheLogitsOfTheLoops() {
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts =
                    prompts.stream().map(prompt -> List.of(prompt.context())).toList();
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LADDER)
                    .get(0);
            List<Continuation> queries = prompts.stream()
                    .map(prompt -> new Continuation(prompt.query(), 0))
                    .toList();
            assertStates(states);
            assertLogits(
                    model.logits(model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE)), prompts);
        }
    }

    @Test
    void aModelLoadedWithTheStateAsItsBiasesNeedsTheBareQueryAlone() {
        Prompt prompt = prompts.get(0);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(prompt.context())), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            DrawnWeights converted = weights.with(state);
            try (LanguageModel biased = converted.load(config, DataType.FLOAT64);
                    NDManager scope = biased.newBatch()) {
                PromptTree bare = PromptTree.of(TokenSequence.EMPTY, prompt.query());
                // A second row, for the batch; its prompt is another one.
                PromptTree other = PromptTree.of(prompt.query(), prompt.query());
                NDArray quadratic = biased.prompted(scope, List.of(bare, other), Padding.LONGEST, RunObserver.NONE);
                NDArray first = quadratic.get("0:" + prompt.query().length());
                assertLogits(biased.logits(first), List.of(prompt));
                NDArray chunked = biased.continued(
                        scope,
                        List.of(new Continuation(prompt.query(), 0)),
                        biased.initialState(scope),
                        Padding.LONGEST,
                        RunObserver.NONE);
                assertLogits(biased.logits(chunked), List.of(prompt));
            }
        }
    }

    private void assertStates(ContextState states) {
        for (int row = 0; row < PROMPTS; row++) {
            TokenSequence context = prompts.get(row).context();
            Map<String, NDArray> own = states.tensorsOf(row);
            if (context.length() > 0) {
                Loops loops = Loops.of(config, weights.values());
                loops.read(context, 0);
                Map<String, double[]> expected = loops.states();
                assertThat(own.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
                expected.forEach((name, values) -> assertClose(name, own.get(name), values));
            } else {
                own.forEach((name, tensor) -> assertThat(
                                Arrays.stream(tensor.flatten().toDoubleArray()).boxed())
                        .as("%s after nothing", name)
                        .allMatch(value -> value == 0));
            }
        }
    }

    private void assertLogits(NDArray logits, List<Prompt> prompts) {
        double[] expected = prompts.stream()
                .flatMap(prompt -> Arrays.stream(prompt.logits()))
                .flatMapToDouble(Arrays::stream)
                .toArray();
        assertClose("logits", logits, expected);
    }

    private void assertClose(String what, NDArray found, double[] expected) {
        double[] values = found.flatten().toDoubleArray();
        assertThat(values).as(what).hasSameSizeAs(expected);
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        double worst = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = Math.abs(values[i] - expected[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        assertThat(worst)
                .as("%s, of at most %s, of %s", what, largest, given)
                .isLessThanOrEqualTo(TOLERANCE * Math.max(1, largest));
    }
}
