package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.CompressedKv;
import org.iclsweep.model.kernel.KvCache;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * The caches of all attentions of one pass, matched slot by slot, with the slots before the fit beside them: the chosen
 * tokens as they are. Examples that are held back choose between the two, context by context.
 *
 * @param budgets numbers of slots by module [R][Hk]
 * @param starts masses and values before the fit, by tensor
 */
record MatchedCaches(AttentionMatching method, Map<String, int[][]> budgets, Map<String, Numbers> starts)
        implements SoftmaxApproximation {
    /** The log-mass of slots that fill a tensor up: none, in either precision. */
    private static final double NO_MASS = -1e30;

    /** A tensor in plain numbers. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Numbers(double[] values, Shape shape) {}

    static MatchedCaches planned(AttentionMatching method, List<CachedAttention> attentions) {
        Map<String, int[][]> budgets = new LinkedHashMap<>();
        for (CachedAttention attention : attentions) {
            int[][] even = new int[attention.cache().contexts()]
                    [attention.cache().heads().keyValueHeads()];
            Arrays.stream(even).forEach(heads -> Arrays.fill(heads, method.slots()));
            budgets.put(attention.module(), even);
        }
        if (method.budgets() == AttentionMatching.Budgets.ATTENTION && !attentions.isEmpty()) {
            for (int context = 0; context < attentions.get(0).cache().contexts(); context++) {
                divide(method, attentions, context, budgets);
            }
        }
        return new MatchedCaches(method, budgets, new LinkedHashMap<>());
    }

    /** Puts the numbers of slots of one context into {@code budgets}. */
    private static void divide(
            AttentionMatching method, List<CachedAttention> attentions, int context, Map<String, int[][]> budgets) {
        if (attentions.stream().anyMatch(one -> one.cache().kvLengths()[context] <= method.slots())) {
            return; // all tokens are kept
        }
        List<double[]> attention = new ArrayList<>();
        for (CachedAttention one : attentions) {
            NDArray behind = one.cache().queriesBehind();
            for (int head = 0; head < one.cache().heads().keyValueHeads(); head++) {
                attention.add(MatchedSlots.meanAttention(one.keys(context, head), one.queries(context, head, behind)));
            }
        }
        int[] divided = HeadBudgets.of(attention.toArray(double[][]::new), method.slots());
        int at = 0;
        for (CachedAttention one : attentions) {
            int[] ofHeads = Objects.requireNonNull(budgets.get(one.module()))[context];
            for (int head = 0; head < ofHeads.length; head++) {
                ofHeads[head] = divided[at++];
            }
        }
    }

    /** A slot matched, and before. */
    private record Matched(MatchedSlots fitted, MatchedSlots before) {}

    @Override
    public Map<String, NDArray> compress(CachedAttention attention) {
        KvCache cache = attention.cache();
        NDArray behind = cache.queriesBehind();
        int[][] slots = Objects.requireNonNull(budgets.get(attention.module()), attention.module());
        List<Matched> heads = new ArrayList<>();
        for (int context = 0; context < cache.contexts(); context++) {
            for (int head = 0; head < cache.heads().keyValueHeads(); head++) {
                double[][] keys = attention.keys(context, head);
                double[][] values = attention.values(context, head);
                double[][] queries = attention.queries(context, head, behind);
                int[] chosen = MatchedSlots.chosen(method.keys(), keys, queries, slots[context][head], method.sinks());
                heads.add(new Matched(
                        MatchedSlots.fitted(chosen, keys, values, queries, method.ridge()),
                        MatchedSlots.unchanged(chosen, keys, values)));
            }
        }
        Tensors before = Tensors.of(cache, heads.stream().map(Matched::before).toList());
        starts.put(attention.module() + "." + CompressedKv.VALUES, before.values());
        starts.put(attention.module() + "." + CompressedKv.MASS, before.mass());
        return Tensors.of(cache, heads.stream().map(Matched::fitted).toList()).state(cache);
    }

    /** Slots as tensors, those of shorter contexts behind zeros. */
    private record Tensors(Numbers keys, Numbers values, Numbers mass, Numbers held) {
        static Tensors of(KvCache cache, List<MatchedSlots> heads) {
            int d = cache.heads().headDimension();
            int dv = cache.heads().valueDimension();
            int keyHeads = cache.heads().keyValueHeads();
            int width = Math.max(
                    1, heads.stream().mapToInt(head -> head.keys().length).max().orElse(0));
            double[] k = new double[heads.size() * width * d];
            double[] v = new double[heads.size() * width * dv];
            double[] mass = new double[heads.size() * width];
            double[] held = new double[cache.contexts()];
            for (int i = 0; i < heads.size(); i++) {
                MatchedSlots head = heads.get(i);
                int count = head.keys().length;
                int first = (i + 1) * width - count;
                held[i / keyHeads] = Math.max(held[i / keyHeads], count);
                Arrays.fill(mass, i * width, first, NO_MASS);
                for (int slot = 0; slot < count; slot++) {
                    System.arraycopy(head.keys()[slot], 0, k, (first + slot) * d, d);
                    System.arraycopy(head.values()[slot], 0, v, (first + slot) * dv, dv);
                    mass[first + slot] = head.logMass()[slot];
                }
            }
            int contexts = cache.contexts();
            return new Tensors(
                    new Numbers(k, new Shape(contexts, keyHeads, width, d)),
                    new Numbers(v, new Shape(contexts, keyHeads, width, dv)),
                    new Numbers(mass, new Shape(contexts, keyHeads, width)),
                    new Numbers(held, new Shape(contexts, 1)));
        }

        Map<String, NDArray> state(KvCache cache) {
            return KvCache.weighed(
                    cache.numbers(keys.values(), keys.shape()),
                    cache.numbers(values.values(), values.shape()),
                    cache.numbers(mass.values(), mass.shape()),
                    cache.numbers(held.values(), held.shape()));
        }
    }

    /** {@code fitted}, but for contexts whose examples that are held back are nearer to the prompted run before. */
    @Override
    public ContextState judged(
            LanguageModel model,
            NDManager batch,
            ContextBatch contexts,
            int segment,
            ContextState fitted,
            Padding padding) {
        Calibration calibration = method.calibration();
        if (!calibration.hasExamples()) {
            return fitted;
        }
        Map<String, NDArray> before = new LinkedHashMap<>();
        starts.forEach((name, numbers) ->
                before.put(name, OwnedArrays.of(batch, numbers.values(), numbers.shape(), model.type())));
        int positions = model.positionsLeft(model.initialState(batch), 0);
        CalibrationTokens held =
                Calibration.tokens(contexts.upTo(segment), calibration.held(contexts, segment), positions);
        return LogitDistillation.better(model, batch, held, fitted.with(before), fitted, padding);
    }

    /** Number of slots of one context that fill the tensors of {@code module} up. */
    static long unused(Map<String, NDArray> tensors, String module) {
        NDArray mass = Objects.requireNonNull(tensors.get(module + "." + CompressedKv.MASS));
        return Arrays.stream(Doubles.of(mass)).filter(m -> m <= NO_MASS / 2).count();
    }
}
