package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.iclsweep.model.mixer.ContextCache;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.CheckpointLayout;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.Padding;

/**
 * Keys and values of some tokens of a context, as they are and where they were; the others are dropped. What a cache of
 * bounded size does, and the baseline of every approximation.
 *
 * @param budget how many tokens each key head keeps; all, where a context has no more
 */
public record Eviction(Policy policy, int budget) implements ConversionMethod {
    public static final String NAME = "eviction";

    /** Its parameters: which tokens are kept, and how many. */
    public static final String POLICY = "policy";

    public static final String BUDGET = "budget";

    /** The number of tokens where nothing is said. */
    public static final int DEFAULT_BUDGET = 64;

    /** First tokens that {@link Policy#RECENT} keeps, because they draw attention whatever they are. */
    private static final int SINKS = 4;

    /** Which tokens are kept. */
    public enum Policy {
        /** The first four, and the last ones (arXiv:2309.17453); of a budget under eight, half are first ones. */
        RECENT,
        /** Those that were paid the most attention, head by head, and the last ones, half each (arXiv:2306.14048). */
        HEAVY_HITTERS,
        /** At equal distances, the last one among them. */
        UNIFORM;

        /** The name as it is written in a configuration. */
        public String configName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** All names. */
        public static List<String> names() {
            return Arrays.stream(values()).map(Policy::configName).toList();
        }
    }

    public Eviction {
        MethodParameters.requireAtLeast(BUDGET, budget, 1);
    }

    static Eviction of(MethodParameters parameters) {
        String policy = parameters.oneOf(POLICY, Policy.names(), Policy.RECENT.configName());
        return new Eviction(
                Policy.values()[Policy.names().indexOf(policy)], parameters.wholeNumber(BUDGET, DEFAULT_BUDGET));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> obstacle(CheckpointLayout layout) {
        return SoftmaxApproximation.obstacle(layout);
    }

    @Override
    public List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding) {
        return SoftmaxApproximation.convert(
                model,
                batch,
                contexts,
                padding,
                (cache, module) -> cache.selected(chosen(cache)),
                UnaryOperator.identity());
    }

    /** The tokens that every key head of every context keeps, first to last [R][Hk][n]. */
    private int[][][] chosen(ContextCache cache) {
        int heads = cache.attention().keyValueHeads();
        int[][][] chosen = new int[cache.contexts()][heads][];
        double[][][] received = policy == Policy.HEAVY_HITTERS ? cache.received() : new double[0][][];
        for (int context = 0; context < chosen.length; context++) {
            int count = cache.counts()[context];
            for (int head = 0; head < heads; head++) {
                chosen[context][head] = switch (policy) {
                    case RECENT -> recent(count);
                    case UNIFORM -> uniform(count);
                    case HEAVY_HITTERS -> {
                        double[] all = received[context][head];
                        yield heavy(Arrays.copyOfRange(all, all.length - count, all.length));
                    }
                };
            }
        }
        return chosen;
    }

    private int[] recent(int count) {
        int kept = Math.min(budget, count);
        int sinks = Math.min(SINKS, kept / 2);
        return IntStream.range(0, kept)
                .map(i -> i < sinks ? i : count - kept + i)
                .toArray();
    }

    private int[] uniform(int count) {
        int kept = Math.min(budget, count);
        return IntStream.rangeClosed(1, kept)
                .map(i -> (int) ((long) i * count / kept) - 1)
                .toArray();
    }

    private int[] heavy(double[] received) {
        int count = received.length;
        int kept = Math.min(budget, count);
        int recent = kept / 2;
        IntStream heaviest = IntStream.range(0, count - recent)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer token) -> -received[token]))
                .limit(kept - recent)
                .mapToInt(Integer::intValue)
                .sorted();
        return IntStream.concat(heaviest, IntStream.range(count - recent, count))
                .toArray();
    }
}
