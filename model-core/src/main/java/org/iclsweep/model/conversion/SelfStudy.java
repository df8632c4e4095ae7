package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.generation.Generation;
import org.iclsweep.model.generation.TokenChoice;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Texts by which a model goes on from its contexts, drawn from its own distribution: queries for a context of which
 * nothing else is known (arXiv:2506.06266, arXiv:2602.16284, there in answer to prompts; here without any).
 *
 * @param count texts of each context E
 * @param length tokens of a text, fewer where the model has no room for more positions
 * @param seed of the draws, the same for every context
 */
record SelfStudy(int count, int length, long seed) {
    /** The texts of {@code contexts} [R][E]; none of a context without a token, or where there is no room for one. */
    List<List<TokenSequence>> of(LanguageModel model, NDManager batch, List<TokenSequence> contexts, Padding padding) {
        try (NDManager scope = batch.newSubManager()) {
            List<List<TokenSequence>> beginnings =
                    contexts.stream().map(SelfStudy::withoutLast).map(List::of).toList();
            ContextState before = model.contextStates(scope, beginnings, model.initialState(scope), padding)
                    .get(0);
            int atOnce = ExampleQueries.atOnce(before);
            return IntStream.range(0, contexts.size())
                    .mapToObj(row -> ofContext(model, before, row, contexts.get(row), atOnce))
                    .toList();
        }
    }

    private static TokenSequence withoutLast(TokenSequence context) {
        return context.slice(0, Math.max(0, context.length() - 1));
    }

    /** The texts behind row {@code row} of {@code before}, all but the last token of {@code context}. */
    private List<TokenSequence> ofContext(
            LanguageModel model, ContextState before, int row, TokenSequence context, int atOnce) {
        int tokens = Math.min(length, model.positionsLeft(before, row) - 1);
        if (context.length() == 0 || tokens < 1) {
            return List.of();
        }
        TokenSequence last = context.slice(context.length() - 1, context.length());
        Generation generation = new Generation(model, tokens, Set.of());
        List<TokenSequence> texts = new ArrayList<>();
        for (int from = 0; from < count; from += atOnce) {
            int to = Math.min(from + atOnce, count);
            try (NDManager scope = model.newBatch()) {
                long[] copies = LongStream.range(from, to).map(text -> row).toArray();
                generation
                        .from(
                                before.select(scope.create(copies)),
                                Collections.nCopies(to - from, last),
                                choices(from, to))
                        .forEach(made -> texts.add(TokenSequence.of(made)));
            }
        }
        return texts;
    }

    private List<TokenChoice> choices(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(text ->
                        TokenChoice.sampled(1, RandomStream.seed(seed, text)).get())
                .toList();
    }
}
