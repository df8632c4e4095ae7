package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The recordings of a query's last token at every mixer, first layer first. The last token is the last one that is
 * given: that of the prompt, or, as in the code of Dai et al., that of the first label after it.
 */
public record QueryRecording(List<MixerRecording> mixers) {
    public QueryRecording {
        mixers = List.copyOf(mixers);
    }

    /**
     * The recordings of {@code queries}, each read after {@code context} alone, in one uninterrupted run. Without a
     * context every query has a row of its own.
     */
    public static List<QueryRecording> of(LanguageModel model, TokenSequence context, List<TokenSequence> queries) {
        List<PromptTree> trees = context.length() > 0
                ? List.of(tree(context, queries))
                : queries.stream().map(query -> tree(context, List.of(query))).toList();
        return during(trees, reader -> run(model, trees, reader));
    }

    /** The recordings of every branch of {@code trees}, at its first scored position, while {@code run} runs them. */
    static List<QueryRecording> during(List<PromptTree> trees, Consumer<MixerHook.Reader> run) {
        List<Place> places = places(trees);
        List<List<MixerRecording>> recorded = new ArrayList<>();
        places.forEach(place -> recorded.add(new ArrayList<>()));
        run.accept((module, qkv, outputs) -> {
            for (int n = 0; n < places.size(); n++) {
                Place place = places.get(n);
                double[] output = outputs[place.output()];
                recorded.get(n)
                        .add(
                                qkv.isEmpty()
                                        ? MixerRecording.withoutScores(module, output)
                                        : place.recording(module, qkv.get(place.row()), output));
            }
        });
        return recorded.stream().map(QueryRecording::new).toList();
    }

    /**
     * The place of a branch in a run.
     *
     * @param row its tree
     * @param context number of slots of the row that it has read
     * @param from its first slot
     * @param last the slot that is recorded
     * @param output the place of that slot among the scored ones of all rows
     */
    private record Place(int row, int context, int from, int last, int output) {
        MixerRecording recording(String module, QkvRecording qkv, double[] output) {
            return new MixerRecording(
                    module, output, qkv.scores(last, 0, context), qkv.scores(last, from, last + 1), qkv.query(last));
        }
    }

    private static List<Place> places(List<PromptTree> trees) {
        List<Place> places = new ArrayList<>();
        int output = 0;
        for (int row = 0; row < trees.size(); row++) {
            PromptTree tree = trees.get(row);
            int slot = tree.trunk().length();
            for (PromptTree.Branch branch : tree.branches()) {
                Continuation continuation = branch.continuation();
                places.add(new Place(row, branch.depth(), slot, slot + continuation.scoredFrom(), output));
                slot += branch.length();
                output += continuation.scored();
            }
        }
        return places;
    }

    /**
     * The queries of every token of {@code tokens}, read from the start, mixer by mixer [T][H P]; none for a mixer
     * without scores. Dai et al. compare attention with those of a demonstration at its own step of fine-tuning.
     */
    public static List<double[][]> queriesOfTokens(LanguageModel model, TokenSequence tokens) {
        List<double[][]> queries = new ArrayList<>();
        run(
                model,
                List.of(tree(TokenSequence.EMPTY, List.of(tokens))),
                (module, qkv, outputs) -> queries.add(
                        qkv.isEmpty()
                                ? new double[0][]
                                : IntStream.range(0, tokens.length())
                                        .mapToObj(qkv.get(0)::query)
                                        .toArray(double[][]::new)));
        return queries;
    }

    /** {@code queries} after {@code context}, each scored at its last token. */
    static PromptTree tree(TokenSequence context, List<TokenSequence> queries) {
        return PromptTree.of(
                context,
                queries.stream()
                        .map(query -> new Continuation(query, query.length() - 1))
                        .toList());
    }

    static void run(LanguageModel model, List<PromptTree> trees, MixerHook.Reader reader) {
        try (NDManager batch = model.newBatch()) {
            model.prompted(batch, trees, Padding.LONGEST, new MixerHook(reader));
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
