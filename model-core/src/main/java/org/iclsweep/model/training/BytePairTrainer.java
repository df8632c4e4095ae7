package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Learns a byte-pair encoding (Sennrich et al., arXiv:1508.07909): beginning with single characters, the most frequent
 * pair of neighbours within words becomes a token, again and again. Words are runs of word characters or of other
 * characters, in lower case; their last token carries {@code </w>}. The result depends on the texts only, not on their
 * order: of pairs that are equally frequent, the one of the lower ids comes first.
 */
public final class BytePairTrainer {
    /** The pre-tokenizer {@code Whitespace} of the tokenizers library. */
    private static final Pattern WORD = Pattern.compile("\\w+|[^\\w\\s]+", Pattern.UNICODE_CHARACTER_CLASS);

    static final String END_OF_WORD = "</w>";

    private final int vocabularySize;
    private final List<String> specialTokens;
    private final int alphabetLimit;
    private final int leastFrequency;

    /**
     * A trainer.
     *
     * @param vocabularySize tokens in all at most
     * @param specialTokens the first ids; the very first stands for what is unknown
     * @param alphabetLimit characters at most, the most frequent ones; each may be there with and without end of word
     * @param leastFrequency occurrences that a pair needs to become a token
     */
    public BytePairTrainer(int vocabularySize, List<String> specialTokens, int alphabetLimit, int leastFrequency) {
        if (specialTokens.isEmpty()) {
            throw new IllegalArgumentException("expected a special token for unknown characters, found none");
        }
        if (new HashSet<>(specialTokens).size() < specialTokens.size()) {
            throw new IllegalArgumentException("expected distinct special tokens, found " + specialTokens);
        }
        if (vocabularySize < specialTokens.size() || alphabetLimit < 0 || leastFrequency < 1) {
            throw new IllegalArgumentException("No vocabulary of " + vocabularySize + " tokens with "
                    + specialTokens.size() + " special ones, an alphabet of " + alphabetLimit
                    + " characters and pairs that are there " + leastFrequency + " times");
        }
        this.vocabularySize = vocabularySize;
        this.specialTokens = List.copyOf(specialTokens);
        this.alphabetLimit = alphabetLimit;
        this.leastFrequency = leastFrequency;
    }

    /** Learns from {@code texts}. */
    public BytePairEncoding train(Stream<String> texts) {
        Map<String, Integer> words = new TreeMap<>();
        texts.forEach(text -> countWords(text, words));
        return new Run(words).merged();
    }

    /** Adds the words of {@code text}, in lower case, to {@code words}. */
    static void countWords(String text, Map<String, Integer> words) {
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            words.merge(matcher.group(), 1, Integer::sum);
        }
    }

    /** A pair of neighbours, {@code count} times there when it was queued. */
    private record Candidate(int left, int right, long count) {
        static final Comparator<Candidate> MOST_FREQUENT_FIRST = Comparator.comparingLong(Candidate::count)
                .reversed()
                .thenComparingInt(Candidate::left)
                .thenComparingInt(Candidate::right);

        long key() {
            return BytePairTrainer.key(left, right);
        }
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    /** One training: the vocabulary as it grows, and every word as it is tokenized by now. */
    private final class Run {
        final List<String> tokens = new ArrayList<>(specialTokens);
        final Map<String, Integer> ids = new HashMap<>();
        final List<BytePairEncoding.Merge> merges = new ArrayList<>();
        final Set<Long> merged = new HashSet<>();
        final List<int[]> words = new ArrayList<>();
        final List<Integer> frequencies = new ArrayList<>();
        final Map<Long, Long> counts = new HashMap<>();
        /** The words that a pair is in, or was in once. */
        final Map<Long, Set<Integer>> places = new HashMap<>();

        final PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.MOST_FREQUENT_FIRST);

        Run(Map<String, Integer> frequencyByWord) {
            for (int id = 0; id < tokens.size(); id++) {
                ids.put(tokens.get(id), id);
            }
            Set<Integer> alphabet = alphabet(frequencyByWord);
            alphabet.forEach(character -> id(Character.toString(character)));
            List<List<String>> split = new ArrayList<>();
            frequencyByWord.forEach((word, frequency) -> {
                split.add(split(word, alphabet));
                frequencies.add(frequency);
            });
            split.stream()
                    .flatMap(List::stream)
                    .filter(token -> token.endsWith(END_OF_WORD))
                    .distinct()
                    .sorted()
                    .forEach(this::id);
            split.forEach(word -> words.add(word.stream().mapToInt(this::id).toArray()));
        }

        private int id(String token) {
            return ids.computeIfAbsent(token, t -> {
                tokens.add(t);
                return tokens.size() - 1;
            });
        }

        /** The most frequent characters, in the order of their code points. */
        private Set<Integer> alphabet(Map<String, Integer> frequencyByWord) {
            Map<Integer, Long> characters = new TreeMap<>();
            frequencyByWord.forEach((word, frequency) ->
                    word.codePoints().forEach(character -> characters.merge(character, (long) frequency, Long::sum)));
            // A stable sort: of equally frequent characters those of the lower code points are kept.
            List<Integer> kept = characters.entrySet().stream()
                    .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
                    .limit(alphabetLimit)
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList();
            return new LinkedHashSet<>(kept);
        }

        private static List<String> split(String word, Set<Integer> alphabet) {
            List<String> characters = new ArrayList<>();
            int[] codePoints = word.codePoints().toArray();
            for (int i = 0; i < codePoints.length; i++) {
                if (alphabet.contains(codePoints[i])) {
                    String end = i == codePoints.length - 1 ? END_OF_WORD : "";
                    characters.add(Character.toString(codePoints[i]) + end);
                }
            }
            return characters;
        }

        BytePairEncoding merged() {
            for (int word = 0; word < words.size(); word++) {
                count(word, 1);
            }
            counts.forEach((pair, count) -> queue.add(new Candidate((int) (pair >>> 32), pair.intValue(), count)));
            while (tokens.size() < vocabularySize && !queue.isEmpty()) {
                Candidate best = queue.poll();
                long count = counts.getOrDefault(best.key(), 0L);
                if (count != best.count()) {
                    // It has lost places since it was queued, or is queued again with what it has won.
                    requeue(best.left(), best.right(), count);
                } else if (count < leastFrequency) {
                    break;
                } else {
                    merge(best.left(), best.right());
                }
            }
            return new BytePairEncoding(specialTokens, tokens, merges);
        }

        private void requeue(int left, int right, long count) {
            if (count >= leastFrequency) {
                queue.add(new Candidate(left, right, count));
            }
        }

        private void merge(int left, int right) {
            int joined = id(tokens.get(left) + tokens.get(right));
            // A token that arises in two ways may bring a pair back that is merged already.
            if (merged.add(key(left, right))) {
                merges.add(new BytePairEncoding.Merge(tokens.get(left), tokens.get(right)));
            }
            Set<Long> changed = new LinkedHashSet<>();
            Set<Integer> holders = places.remove(key(left, right));
            for (int word : holders == null ? Set.<Integer>of() : holders) {
                count(word, -1);
                words.set(word, joined(words.get(word), left, right, joined));
                changed.addAll(count(word, 1));
            }
            counts.remove(key(left, right));
            for (long pair : changed) {
                int first = (int) (pair >>> 32);
                int second = (int) pair;
                if (first == joined || second == joined) {
                    requeue(first, second, counts.getOrDefault(pair, 0L));
                }
            }
        }

        /** Adds a word's pairs to the counts, {@code sign} times its frequency; returns them. */
        private List<Long> count(int word, int sign) {
            int[] symbols = words.get(word);
            List<Long> pairs = new ArrayList<>();
            for (int i = 0; i + 1 < symbols.length; i++) {
                long pair = key(symbols[i], symbols[i + 1]);
                counts.merge(pair, (long) sign * frequencies.get(word), Long::sum);
                if (sign > 0) {
                    places.computeIfAbsent(pair, p -> new LinkedHashSet<>()).add(word);
                    pairs.add(pair);
                }
            }
            return pairs;
        }

        private static int[] joined(int[] symbols, int left, int right, int joined) {
            int[] result = new int[symbols.length];
            int length = 0;
            for (int i = 0; i < symbols.length; i++) {
                boolean here = i + 1 < symbols.length && symbols[i] == left && symbols[i + 1] == right;
                result[length++] = here ? joined : symbols[i];
                i += here ? 1 : 0;
            }
            return Arrays.copyOf(result, length);
        }
    }
}
