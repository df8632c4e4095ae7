package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.Padding;
import org.jspecify.annotations.Nullable;

/**
 * What the last token of a query leaves at every mixer, first layer first. The last token is the last one that is
 * given: that of the prompt, or, as in the code of Dai et al., that of the first label behind it.
 */
public record QueryRecording(List<MixerRecording> mixers) {
    public QueryRecording {
        mixers = List.copyOf(mixers);
    }

    /** The recordings of {@code queries}, each read after {@code context} alone, in one uninterrupted run. */
    public static List<QueryRecording> of(LanguageModel model, TokenSequence context, List<TokenSequence> queries) {
        List<List<MixerRecording>> recorded = new ArrayList<>();
        queries.forEach(query -> recorded.add(new ArrayList<>()));
        run(model, tree(context, queries), (module, sides, outputs) -> {
            int slot = context.length();
            for (int n = 0; n < queries.size(); n++) {
                int end = slot + queries.get(n).length();
                recorded.get(n).add(recording(module, sides, outputs[n], context.length(), slot, end));
                slot = end;
            }
        });
        return recorded.stream().map(QueryRecording::new).toList();
    }

    private static MixerRecording recording(
            String module, @Nullable MixerSides sides, double[] output, int context, int from, int to) {
        if (sides == null) {
            return new MixerRecording(module, output, new double[0][], new double[0][], new double[0]);
        }
        int last = to - 1;
        return new MixerRecording(
                module, output, sides.scores(last, 0, context), sides.scores(last, from, to), sides.query(last));
    }

    /**
     * The queries of every token of {@code tokens}, read from the start, mixer by mixer [T][H P]; none for a mixer
     * without scores. What Dai et al. compare attention with are those of a demonstration at its own step of
     * fine-tuning.
     */
    public static List<double[][]> queriesOfTokens(LanguageModel model, TokenSequence tokens) {
        List<double[][]> queries = new ArrayList<>();
        run(
                model,
                tree(TokenSequence.EMPTY, List.of(tokens)),
                (module, sides, outputs) -> queries.add(
                        sides == null
                                ? new double[0][]
                                : IntStream.range(0, tokens.length())
                                        .mapToObj(sides::query)
                                        .toArray(double[][]::new)));
        return queries;
    }

    /** {@code queries} after {@code context}, each scored at its last token. */
    static PromptTree tree(TokenSequence context, List<TokenSequence> queries) {
        return new PromptTree(
                context,
                queries.stream()
                        .map(query ->
                                new PromptTree.Branch(context.length(), new Continuation(query, query.length() - 1)))
                        .toList());
    }

    static void run(LanguageModel model, PromptTree tree, MixerProbe.Reader reader) {
        try (NDManager batch = model.newBatch()) {
            model.prompted(batch, List.of(tree), Padding.LONGEST, new MixerProbe(reader));
        }
    }

    /** This recording moved by η along its {@code derivative} ({@link SmallRateLimit}): fine-tuning, linearised. */
    public QueryRecording along(QueryRecording derivative, double rate) {
        return combined(derivative, (h, change) -> h + rate * change);
    }

    /** Number by number, with the recording of the same query by the same model with other weights. */
    QueryRecording combined(QueryRecording other, DoubleBinaryOperator operator) {
        return new QueryRecording(IntStream.range(0, mixers.size())
                .mapToObj(m -> mixers.get(m).combined(other.mixers.get(m), operator))
                .toList());
    }
}
