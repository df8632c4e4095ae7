package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The tokenized texts that training episodes are made of, and the counts that a structured start needs.
 *
 * <p>A text is kept as the tokens of each of its first words, because it is cut to a number of words when it is used.
 */
final class TextPool {
    /** Words of a text that are kept. */
    private static final int KEPT_WORDS = 40;
    /** A keyword occurs in at least so many texts, and at most in this fraction of them. */
    private static final int LEAST_TEXTS = 12;

    private static final double MOST_TEXTS = 0.02;

    private final Function<String, int[]> tokenizer;
    private final Map<String, int[]> known = new HashMap<>();
    private final Map<String, Map<String, List<int[][]>>> sets = new LinkedHashMap<>();
    private final List<int[][]> every = new ArrayList<>();
    private final List<int[]> whole = new ArrayList<>();
    private final List<List<int[][]>> union = new ArrayList<>();
    private final List<Keyword> keywords = new ArrayList<>();

    /** A token and the texts that it occurs in. */
    record Keyword(int token, int[] texts) {}

    /**
     * @param tokenizer the tokens of one word
     * @param special number of special tokens, which come first
     */
    TextPool(TrainingTexts texts, Function<String, int[]> tokenizer, int special) {
        this.tokenizer = tokenizer;
        texts.unlabelled().forEach(text -> every.add(read(text)));
        texts.labelled().forEach((set, classes) -> {
            Map<String, List<int[][]>> tokenized = new TreeMap<>();
            classes.forEach((label, members) -> {
                List<int[][]> read = members.stream().map(this::read).toList();
                tokenized.put(label, read);
                every.addAll(read);
                union.add(read);
            });
            sets.put(set, tokenized);
        });
        known.clear();
        findKeywords(special);
    }

    private int[][] read(String text) {
        String[] words = TextSource.words(text);
        int[][] tokens = Arrays.stream(words)
                .map(word -> known.computeIfAbsent(word, tokenizer))
                .toArray(int[][]::new);
        whole.add(Arrays.stream(tokens).flatMapToInt(Arrays::stream).toArray());
        return Arrays.copyOf(tokens, Math.min(KEPT_WORDS, tokens.length));
    }

    private void findKeywords(int special) {
        Map<Integer, List<Integer>> texts = new TreeMap<>();
        for (int i = 0; i < every.size(); i++) {
            int text = i;
            Arrays.stream(every.get(i))
                    .flatMapToInt(Arrays::stream)
                    .distinct()
                    .filter(token -> token >= special)
                    .forEach(token -> texts.computeIfAbsent(token, key -> new ArrayList<>())
                            .add(text));
        }
        texts.forEach((token, members) -> {
            if (members.size() >= LEAST_TEXTS && members.size() <= MOST_TEXTS * every.size()) {
                keywords.add(new Keyword(
                        token, members.stream().mapToInt(Integer::intValue).toArray()));
            }
        });
    }

    /** Data set, label, texts. */
    Map<String, Map<String, List<int[][]>>> sets() {
        return Collections.unmodifiableMap(sets);
    }

    /** The classes of all data sets. */
    List<List<int[][]>> union() {
        return union;
    }

    List<Keyword> keywords() {
        return keywords;
    }

    /** A text of all, labelled or not. */
    int[][] text(int index) {
        return every.get(index);
    }

    /** The tokens of all texts, uncut. */
    List<int[]> wholeTexts() {
        return whole;
    }
}
