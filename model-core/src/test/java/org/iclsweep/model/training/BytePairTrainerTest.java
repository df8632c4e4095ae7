package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.prompt.HuggingFaceTokenizerFile;
import org.iclsweep.model.prompt.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trained byte-pair encoding against its plain definition, and read back by the library. */
class BytePairTrainerTest {
    private static final List<String> SPECIAL = List.of("<unk>", "<arrow>", "<l0>", "<l1>");
    private static final Path DATA = Path.of("../../shared/data");

    @TempDir
    Path directory;

    @Test
    void theMostFrequentPairOfTheLowestIdsIsMergedFirst() {
        BytePairEncoding encoding =
                new BytePairTrainer(100, SPECIAL, 50, 2).train(Stream.of("low low lower lower LOWEST, newest"));
        assertThat(encoding.tokens().subList(0, 4)).isEqualTo(SPECIAL);
        assertThat(encoding.tokens().subList(4, 18))
                .containsExactly(",", "e", "l", "n", "o", "r", "s", "t", "w", ",</w>", "r</w>", "t</w>", "w</w>", "lo");
        // "lo" is there five times; then "we" four times, "ow" three times.
        assertThat(encoding.merges().subList(0, 2))
                .containsExactly(new BytePairEncoding.Merge("l", "o"), new BytePairEncoding.Merge("w", "e"));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theResultIsThatOfCountingAnewAfterEveryMerge(long seed) {
        List<String> texts = randomTexts(new Random(seed), 60);
        BytePairEncoding encoding = new BytePairTrainer(90, SPECIAL, 6, 2).train(texts.stream());
        assertThat(encoding.merges()).hasSizeGreaterThan(20).isEqualTo(counted(texts, encoding.tokens(), 90, 6));
    }

    @Test
    void theOrderOfTheTextsDoesNotMatter() {
        List<String> texts = randomTexts(new Random(7), 200);
        List<String> shuffled = new ArrayList<>(texts);
        Collections.shuffle(shuffled, new Random(8));
        BytePairTrainer trainer = new BytePairTrainer(120, SPECIAL, 20, 2);
        assertThat(trainer.train(shuffled.stream())).isEqualTo(trainer.train(texts.stream()));
    }

    @Test
    void theLibraryReadsWhatIsWritten() throws IOException {
        List<String> texts = new ArrayList<>(randomTexts(new Random(9), 200));
        texts.add("Ümläute, 漢字 and 🙂!");
        BytePairEncoding encoding = new BytePairTrainer(150, SPECIAL, 40, 2).train(texts.stream());
        Path file = directory.resolve("tokenizer.json");
        encoding.write(file);
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file)) {
            assertThat(tokenizer.vocabularySize())
                    .isEqualTo(encoding.tokens().size())
                    .isLessThanOrEqualTo(150);
            for (String text : texts) {
                assertThat(spelt(encoding, tokenizer.encode(text))).isEqualTo(segmented(encoding, text));
                assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(String.join(" ", words(text)));
            }
            assertThat(tokenizer.encode("<unk><arrow> <l1>")).containsExactly(0, 1, 3);
            assertThat(tokenizer.encode("ж")).containsExactly(0);
        }
    }

    @Test
    void aRareCharacterIsUnknownAndARarePairIsNotMerged() {
        BytePairEncoding encoding = new BytePairTrainer(50, SPECIAL, 2, 2).train(Stream.of("aab aab bz cd"));
        assertThat(encoding.tokens()).containsAll(List.of("a", "b", "b</w>")).doesNotContain("z</w>", "c", "d</w>");
        assertThat(new BytePairTrainer(50, SPECIAL, 20, 2)
                        .train(Stream.of("ab"))
                        .merges())
                .isEmpty();
    }

    @Test
    void aVocabularyWithoutRoomForItsSpecialTokensIsRefused() {
        assertThatThrownBy(() -> new BytePairTrainer(3, SPECIAL, 2, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BytePairTrainer(9, List.of(), 2, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BytePairTrainer(9, List.of("a", "a"), 2, 2))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sixThousandTokensOfRealTextAreLearntInSeconds() throws IOException {
        assumeThat(DATA).isDirectory();
        List<String> texts = new ArrayList<>();
        for (String name : List.of("dbpedia14_train", "banking77_train", "clinc150_train", "trec_train")) {
            for (String line : Files.readAllLines(DATA.resolve(name + ".jsonl"))) {
                texts.add(new ObjectMapper().readTree(line).get("text").asText());
            }
        }
        texts.addAll(Files.readAllLines(DATA.resolve("corpus/wikitext2_valid.txt")));
        long start = System.nanoTime();
        BytePairEncoding encoding = new BytePairTrainer(6_000, SPECIAL, 120, 2).train(texts.stream());
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat(encoding.tokens()).hasSize(6_000);
        assertThat(seconds).isLessThan(60);
        Path file = directory.resolve("tokenizer.json");
        encoding.write(file);
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file)) {
            for (String text : texts.subList(0, 300)) {
                assertThat(spelt(encoding, tokenizer.encode(text))).isEqualTo(segmented(encoding, text));
            }
        }
    }

    private static List<String> randomTexts(Random random, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> IntStream.range(0, 1 + random.nextInt(8))
                        .mapToObj(j -> random.ints(1 + random.nextInt(6), 0, 8)
                                .mapToObj(c -> "" + "aAbcdeé,".charAt(c))
                                .collect(Collectors.joining()))
                        .collect(Collectors.joining(" ")))
                .toList();
    }

    /** Words by the definition of {@code \w+|[^\w\s]+}, for the characters of these tests. */
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        int last = 0;
        for (int character : text.toLowerCase(Locale.ROOT).codePoints().toArray()) {
            boolean letter = Character.isLetterOrDigit(character)
                    || character == '_'
                    || Character.getType(character) == Character.NON_SPACING_MARK
                    || Character.getType(character) == Character.COMBINING_SPACING_MARK
                    || Character.isAlphabetic(character);
            int kind = Character.isWhitespace(character) ? 0 : letter ? 1 : 2;
            if (kind != last && word.length() > 0) {
                words.add(word.toString());
                word.setLength(0);
            }
            if (kind != 0) {
                word.appendCodePoint(character);
            }
            last = kind;
        }
        if (word.length() > 0) {
            words.add(word.toString());
        }
        return words;
    }

    private static List<String> characters(String word) {
        List<String> characters =
                new ArrayList<>(word.codePoints().mapToObj(Character::toString).toList());
        characters.set(characters.size() - 1, characters.get(characters.size() - 1) + "</w>");
        return characters;
    }

    /** The tokens of a text by applying the merges one after another. */
    private static List<String> segmented(BytePairEncoding encoding, String text) {
        Map<BytePairEncoding.Merge, Integer> ranks = new HashMap<>();
        encoding.merges().forEach(merge -> ranks.put(merge, ranks.size()));
        List<String> tokens = new ArrayList<>();
        for (String word : words(text)) {
            List<String> symbols = characters(word).stream()
                    .map(c -> encoding.tokens().contains(c) ? c : "<unk>")
                    .collect(Collectors.toCollection(ArrayList::new));
            while (true) {
                int best = IntStream.range(0, symbols.size() - 1)
                        .boxed()
                        .filter(i -> ranks.containsKey(pair(symbols, i)))
                        .min(Comparator.comparing(i -> ranks.get(pair(symbols, i))))
                        .orElse(-1);
                if (best < 0) {
                    break;
                }
                symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
            }
            tokens.addAll(symbols);
        }
        return tokens;
    }

    private static BytePairEncoding.Merge pair(List<String> symbols, int i) {
        return new BytePairEncoding.Merge(symbols.get(i), symbols.get(i + 1));
    }

    private static List<String> spelt(BytePairEncoding encoding, int[] ids) {
        return IntStream.of(ids).mapToObj(encoding.tokens()::get).toList();
    }

    /** The merges by counting every pair anew before each. */
    private static List<BytePairEncoding.Merge> counted(List<String> texts, List<String> ids, int size, int limit) {
        List<String> all = texts.stream().flatMap(text -> words(text).stream()).toList();
        Map<String, Integer> frequency = new TreeMap<>();
        all.forEach(word -> word.codePoints().forEach(c -> frequency.merge(Character.toString(c), 1, Integer::sum)));
        List<String> alphabet = frequency.keySet().stream()
                .sorted(Comparator.comparing((String c) -> -frequency.get(c)))
                .limit(limit)
                .toList();
        List<List<String>> words = all.stream()
                .map(word -> characters(word).stream()
                        .filter(c -> alphabet.contains(c.replace("</w>", "")))
                        .collect(Collectors.toCollection(ArrayList::new)))
                .collect(Collectors.toList());
        long known = words.stream()
                .flatMap(List::stream)
                .filter(c -> c.endsWith("</w>"))
                .distinct()
                .count();
        List<BytePairEncoding.Merge> merges = new ArrayList<>();
        List<String> made = new ArrayList<>();
        while (SPECIAL.size() + alphabet.size() + known + made.size() < size) {
            Map<BytePairEncoding.Merge, Integer> counts = new HashMap<>();
            words.forEach(word ->
                    IntStream.range(0, word.size() - 1).forEach(i -> counts.merge(pair(word, i), 1, Integer::sum)));
            BytePairEncoding.Merge best = counts.keySet().stream()
                    .min(Comparator.comparing((BytePairEncoding.Merge m) -> -counts.get(m))
                            .thenComparing(m -> ids.indexOf(m.left()))
                            .thenComparing(m -> ids.indexOf(m.right())))
                    .orElseThrow();
            if (counts.get(best) < 2) {
                break;
            }
            words.forEach(word -> {
                for (int i = 0; i + 1 < word.size(); i++) {
                    if (pair(word, i).equals(best)) {
                        word.set(i, word.get(i) + word.remove(i + 1));
                    }
                }
            });
            if (!merges.contains(best)) {
                merges.add(best);
            }
            if (!made.contains(best.left() + best.right())) {
                made.add(best.left() + best.right());
            }
        }
        return merges;
    }
}
