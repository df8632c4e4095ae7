package org.iclsweep.model.exactness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.exactness.ConformanceCase.Kind;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Prompts of random tokens, and the cases in which a stack reads them: queries at once and in pieces after contexts
 * around the lengths of short convolutions, chunks and windows, and each use of a cache at a few of these lengths.
 *
 * @param prompts by name
 * @param leftOut lengths of contexts that belong to the suite and are longer than the settings or the model allow
 */
public record ConformanceSuite(Map<String, Prompt> prompts, List<ConformanceCase> cases, List<Integer> leftOut) {
    /** Tokens of a query: pieces of 1, 2 and 3 divide it. */
    public static final int QUERY_TOKENS = 6;

    private static final int LARGEST_PIECE = 3;
    private static final int CHUNK = 48;
    private static final int GENERATED_FROM = 17;

    /** A context and the query after it. */
    public record Prompt(TokenSequence context, TokenSequence query) {
        /** The length of both. */
        public int length() {
            return context.length() + query.length();
        }
    }

    /**
     * The settings of a suite.
     *
     * @param contexts lengths of contexts, to which those around the model's windows are added
     * @param longest the longest context
     * @param special token ids that no prompt has
     */
    public record Settings(List<Integer> contexts, int longest, long seed, Set<Integer> special) {
        /** Lengths around those of short convolutions and of chunks. */
        public static final List<Integer> STANDARD = List.of(0, 1, 2, 3, 63, 64, 65, 127, 128, 129);

        public Settings {
            contexts = List.copyOf(contexts);
            special = Set.copyOf(special);
        }
    }

    public ConformanceSuite {
        prompts = Collections.unmodifiableMap(new LinkedHashMap<>(prompts));
        cases = List.copyOf(cases);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * The suite for a model.
     *
     * @param greedy the model's own continuation of a text by {@link #QUERY_TOKENS} − 1 tokens, of the greatest logits
     */
    public static ConformanceSuite of(Architecture layout, Settings settings, UnaryOperator<TokenSequence> greedy) {
        int room = layout.learnedPositions().map(positions -> positions.count()).orElse(Integer.MAX_VALUE);
        int longest = Math.min(settings.longest(), room - QUERY_TOKENS);
        TreeSet<Integer> lengths = new TreeSet<>(settings.contexts());
        windows(layout).forEach(window -> lengths.addAll(List.of(window - 1, window, window + 1)));
        List<Integer> leftOut = List.copyOf(lengths.tailSet(longest, false));
        Drawing draw = new Drawing(layout.dimensions().vocabulary(), settings);
        Cases cases = new Cases(List.copyOf(lengths.headSet(longest, true)), draw);
        if (GENERATED_FROM <= longest) {
            cases.addGeneration(greedy);
        }
        return new ConformanceSuite(cases.prompts, cases.cases, leftOut);
    }

    /** The sizes of the windows of softmax attention. */
    private static Stream<Integer> windows(Architecture layout) {
        return layout.mixers().values().stream()
                .filter(SoftmaxAttention.class::isInstance)
                .flatMap(mixer -> ((SoftmaxAttention) mixer).window().stream().boxed());
    }

    /** Random tokens, the same for one seed and name whatever else is drawn. */
    private record Drawing(int vocabulary, Settings settings) {
        TokenSequence tokens(String name, int length) {
            SplittableRandom random = new SplittableRandom(settings.seed() * 31 + name.hashCode());
            int[] allowed = IntStream.range(0, vocabulary)
                    .filter(id -> !settings.special().contains(id))
                    .toArray();
            return TokenSequence.of(random.ints(length, 0, allowed.length)
                    .map(index -> allowed[index])
                    .toArray());
        }

        Prompt prompt(String name, int context) {
            return new Prompt(tokens(name, context), tokens("query of " + name, QUERY_TOKENS));
        }
    }

    /** The cases while they are collected. */
    private static final class Cases {
        private final List<Integer> lengths;
        private final Drawing draw;
        private final Map<String, Prompt> prompts = new LinkedHashMap<>();
        private final List<ConformanceCase> cases = new ArrayList<>();

        Cases(List<Integer> lengths, Drawing draw) {
            this.lengths = lengths;
            this.draw = draw;
            lengths.forEach(length -> prompts.put("c" + length, draw.prompt("c" + length, length)));
            lengths.forEach(length -> add(Kind.WHOLE, "", List.of("c" + length), length + QUERY_TOKENS));
            lengths.forEach(this::addQueries);
            List<Integer> few = few(3, 65).toList();
            few.forEach(this::addUses);
            addBatches(few(1, 3, 65).toList());
        }

        /** Those of {@code some} lengths that are there, and the longest. */
        private Stream<Integer> few(Integer... some) {
            Stream<Integer> longest = lengths.stream().skip(Math.max(0, lengths.size() - 1));
            return Stream.concat(Stream.of(some).filter(lengths::contains), longest)
                    .filter(length -> length > 0)
                    .distinct();
        }

        private void add(Kind kind, String more, List<String> rows, int... pieces) {
            add(kind, more, rows, TokenSequence.EMPTY, pieces);
        }

        private void add(Kind kind, String more, List<String> rows, TokenSequence aside, int... pieces) {
            int[] calls = IntStream.of(pieces).filter(piece -> piece > 0).toArray();
            String name = kind.label() + more + "-" + String.join("-", rows);
            cases.add(new ConformanceCase(name, kind, rows, calls, aside));
        }

        private void addQueries(int length) {
            List<String> row = List.of("c" + length);
            add(Kind.AT_ONCE, "", row, length, QUERY_TOKENS);
            for (int piece = 1; piece <= LARGEST_PIECE; piece++) {
                add(Kind.PIECES, "-" + piece, row, pieces(length, piece));
            }
        }

        /** A context at once, and a query in pieces of {@code piece} tokens. */
        private static int[] pieces(int context, int piece) {
            int[] queries = new int[QUERY_TOKENS / piece];
            Arrays.fill(queries, piece);
            return IntStream.concat(IntStream.of(context), IntStream.of(queries))
                    .toArray();
        }

        private void addUses(int length) {
            List<String> row = List.of("c" + length);
            if (length > CHUNK) {
                IntStream whole = IntStream.generate(() -> CHUNK).limit(length / CHUNK);
                IntStream rest = IntStream.of(length % CHUNK, QUERY_TOKENS);
                add(Kind.CHUNKED, "", row, IntStream.concat(whole, rest).toArray());
            }
            TokenSequence aside = draw.tokens("aside of c" + length, LARGEST_PIECE);
            // Token by token, which fewest stacks do wrong, so that what departs is of the use itself.
            int[] oneByOne = pieces(length, 1);
            add(Kind.DONOR, "", row, aside, oneByOne);
            add(Kind.SAVED, "", row, oneByOne);
            add(Kind.UNDO, "", row, aside, oneByOne);
            String twin = "c" + length + "b";
            prompts.put(twin, draw.prompt(twin, length));
            add(Kind.REORDERED, "", List.of("c" + length, twin), oneByOne);
        }

        private void addBatches(List<Integer> contexts) {
            if (contexts.size() > 1) {
                List<String> rows =
                        contexts.stream().map(length -> "c" + length).toList();
                int longest = Collections.max(contexts);
                add(Kind.BATCH, "-at-once", rows, longest, QUERY_TOKENS);
                add(Kind.BATCH, "-pieces-1", rows, pieces(longest, 1));
            }
        }

        private void addGeneration(UnaryOperator<TokenSequence> greedy) {
            String name = "g" + GENERATED_FROM;
            TokenSequence context = draw.tokens(name, GENERATED_FROM);
            TokenSequence first = draw.tokens("query of " + name, 1);
            prompts.put(name, new Prompt(context, first.then(greedy.apply(context.then(first)))));
            add(Kind.GENERATE, "", List.of(name), GENERATED_FROM + 1, QUERY_TOKENS - 1);
        }
    }
}
