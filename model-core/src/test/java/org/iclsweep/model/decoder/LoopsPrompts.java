package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.Models;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/** Prompts whose logits are known from plain loops, and both runs of a model held against them. */
record LoopsPrompts(List<Prompt> prompts) {
    record Prompt(TokenSequence context, TokenSequence query) {}

    /** Contexts across the chunks' border, within one chunk, of a single token, and none. */
    static LoopsPrompts ofSeed(int seed) {
        Random random = new Random(seed);
        return new LoopsPrompts(IntStream.of(65 + random.nextInt(20), 2 + random.nextInt(30), 1, 0)
                .mapToObj(length ->
                        new Prompt(Models.tokens(random, length), Models.tokens(random, 1 + random.nextInt(5))))
                .toList());
    }

    /** The logits of all queries, by loops that read a text. */
    double[] logits(Function<TokenSequence, double[][]> read) {
        return prompts.stream()
                .flatMap(prompt -> {
                    double[][] logits = read.apply(prompt.context().then(prompt.query()));
                    return Arrays.stream(logits).skip(prompt.context().length());
                })
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    /** Asserts that the uninterrupted run, and the bare queries on the states, give the logits {@code expected}. */
    void assertBothRunsGive(double[] expected, JsonNode config, DrawnWeights weights, double tolerance) {
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = prompts.stream()
                    .map(prompt -> PromptTree.of(prompt.context(), prompt.query()))
                    .toList();
            NDArray prompted = model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE);
            Closeness.assertClose("prompted", model.logits(prompted).toDoubleArray(), expected, tolerance);
            List<List<TokenSequence>> contexts =
                    prompts.stream().map(prompt -> List.of(prompt.context())).toList();
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LADDER)
                    .get(0);
            List<Continuation> queries = prompts.stream()
                    .map(prompt -> new Continuation(prompt.query(), 0))
                    .toList();
            NDArray converted = model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE);
            Closeness.assertClose("converted", model.logits(converted).toDoubleArray(), expected, tolerance);
        }
    }
}
