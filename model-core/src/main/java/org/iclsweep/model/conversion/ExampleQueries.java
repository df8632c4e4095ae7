package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.KvCache;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.Parameters;

/**
 * The queries c R_i q_i of the tokens of examples that are read behind contexts, attention by attention: those of a
 * second pass, which has attended to the whole context.
 *
 * @param blocks the examples that were read together, in their order
 * @param lengths number of tokens of each example [N]
 * @param ofContext the examples of each context, by their numbers [R][]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ExampleQueries(List<Block> blocks, int[] lengths, List<List<Integer>> ofContext) {
    /**
     * Examples that were read together.
     *
     * @param first the number of the first of them
     * @param queries by the attention's module [n, H, L, d], an example's own in the last rows
     */
    record Block(int first, Map<String, NDArray> queries) {}

    /** Scalars of states that are held at once: every example has a copy of its context's. */
    private static final long MOST_SCALARS = 1 << 25;

    /**
     * The queries of {@code examples} [R][E], read behind the contexts of {@code full}; owned by {@code batch}.
     *
     * @param full the states after the contexts, complete
     */
    static ExampleQueries of(
            LanguageModel model,
            NDManager batch,
            ContextState full,
            List<List<TokenSequence>> examples,
            Map<String, SoftmaxAttention> attentions,
            Padding padding) {
        List<Long> contextOfExample = new ArrayList<>();
        List<TokenSequence> all = new ArrayList<>();
        List<List<Integer>> ofContext = new ArrayList<>();
        for (int row = 0; row < examples.size(); row++) {
            List<Integer> own = new ArrayList<>();
            int left = model.positionsLeft(full, row);
            for (TokenSequence example : examples.get(row)) {
                if (example.length() <= left) {
                    own.add(all.size());
                    all.add(example);
                    contextOfExample.add((long) row);
                }
            }
            ofContext.add(own);
        }
        int[] lengths = all.stream().mapToInt(TokenSequence::length).toArray();
        ContextState caches = full.without(entry -> entry.tensor().role() == Role.QUERIES);
        List<Block> blocks = new ArrayList<>();
        int atOnce = atOnce(caches);
        for (int from = 0; from < all.size(); from += atOnce) {
            int to = Math.min(from + atOnce, all.size());
            long[] rows = contextOfExample.subList(from, to).stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            try (NDManager scope = batch.newSubManager()) {
                ContextState before = caches.select(scope.create(rows));
                Map<String, NDArray> read = read(model, scope, before, all.subList(from, to), attentions, padding);
                read.values().forEach(tensor -> tensor.attach(batch));
                blocks.add(new Block(from, read));
            }
        }
        return new ExampleQueries(blocks, lengths, ofContext);
    }

    /** Number of texts that are read together behind {@code contexts}, each with a copy of its context's state. */
    static int atOnce(ContextState contexts) {
        return (int) Math.max(1, MOST_SCALARS / Math.max(1, contexts.scalarsInMemory()));
    }

    /** The queries of {@code examples} read behind {@code before}, one row each, as [n, H, longest, d]. */
    private static Map<String, NDArray> read(
            LanguageModel model,
            NDManager scope,
            ContextState before,
            List<TokenSequence> examples,
            Map<String, SoftmaxAttention> attentions,
            Padding padding) {
        Map<String, NDArray> none = new LinkedHashMap<>();
        attentions.forEach((module, attention) -> KvCache.noQueries(attention.kvHeads(), before.in(module))
                .forEach((name, zeros) -> none.put(module + "." + name, zeros)));
        List<List<TokenSequence>> pieces = examples.stream().map(List::of).toList();
        ContextState after =
                model.contextStates(scope, pieces, before.with(none), padding).get(0);
        int[] lengths = examples.stream().mapToInt(TokenSequence::length).toArray();
        int longest = Arrays.stream(lengths).max().orElse(1);
        Map<String, NDArray> queries = new LinkedHashMap<>();
        attentions.forEach((module, attention) -> {
            KvCache cache = KvCache.of(
                    attention.kvHeads(),
                    after.in(module),
                    Parameters.of(model.tensors()).in(module),
                    lengths,
                    scope);
            int size = cache.size();
            // A copy: the rows before it are not kept.
            queries.put(
                    module,
                    cache.queriesBehind()
                            .get(":, :, " + (size - longest) + ":" + size)
                            .duplicate());
        });
        return queries;
    }

    /**
     * The queries of the query heads [first, first + group) of the attention {@code module} after one context [N][d].
     */
    double[][] rows(String module, int context, int first, int group) {
        List<double[]> rows = new ArrayList<>();
        for (int head = first; head < first + group; head++) {
            for (int example : ofContext.get(context)) {
                Block block = blockOf(example);
                NDArray ofModule = Objects.requireNonNull(block.queries().get(module), module);
                long longest = ofModule.getShape().get(2);
                String own =
                        (example - block.first()) + ", " + head + ", " + (longest - lengths[example]) + ":" + longest;
                try (NDArray ofExample = ofModule.get(own)) {
                    Collections.addAll(rows, Doubles.rows(ofExample));
                }
            }
        }
        return rows.toArray(double[][]::new);
    }

    private Block blockOf(int example) {
        int last = 0;
        while (last + 1 < blocks.size() && blocks.get(last + 1).first() <= example) {
            last++;
        }
        return blocks.get(last);
    }
}
