package org.iclsweep.model.training;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.prompt.TokenSequence;
import org.jspecify.annotations.Nullable;

/**
 * Episodes of text classification, token by token: text, arrow, label, text, arrow, label, … Each episode makes a task
 * of its own, gives its classes label tokens drawn anew, and asks for the label at every arrow but the first.
 */
public final class TextEpisodes implements EpisodeSource {
    /** Token of what the vocabulary does not know; also what fills an episode up and what is dropped becomes. */
    static final int UNKNOWN = 0;
    /** Token between a text and its label. */
    static final int ARROW = 1;
    /** The first label token. */
    static final int FIRST_LABEL = 2;

    private final TextPool pool;
    private final Settings settings;
    private final long seed;
    private final List<Map<String, List<int[][]>>> sets;
    private final double[] setWeights;

    TextEpisodes(TextPool pool, Settings settings, long seed) {
        this.pool = pool;
        this.settings = settings;
        this.seed = seed;
        this.sets = List.copyOf(pool.sets().values());
        this.setWeights =
                sets.stream().mapToDouble(classes -> Math.sqrt(classes.size())).toArray();
    }

    /** The shape of episodes, and the kinds of tasks that they are drawn from. */
    public record Settings(
            @Key(doc = "Tokens of an episode.", from = 16, otherwise = "384")
            int tokens,

            @Key(doc = "Episodes of a step.", from = 1, otherwise = "8")
            int batch,

            @Key(doc = "Words that a text is cut to.", from = 1, otherwise = "24")
            int words,

            @Key(doc = "Probability that a token of a text becomes unknown.", from = 0, to = 1, otherwise = "0.1")
            double dropout,

            @Key(doc = "Number of label tokens.", from = 2, otherwise = "16")
            int labels,

            @Key(doc = "Greatest number of classes of an episode.", from = 2, otherwise = "6")
            int mostClasses,

            @Key(doc = "Relative frequency of each kind of task.", otherwise = "{}")
            Weights weights,

            @Key(doc = "The opposites of the kind `poles`.") @Nullable Poles poles)
            implements Checked, Serializable {
        @Override
        public void check(Scope scope) {
            if (weights.poles() > 0 && poles == null) {
                scope.fault(
                        "poles", "expected a block { set, positive, negative } for weights.poles > 0, found nothing");
            }
        }
    }

    /** Relative frequencies of the kinds of tasks. */
    public record Weights(
            @Key(doc = "Classes of one data set, which is drawn by the root of its number of classes.", otherwise = "1")
            double single,

            @Key(doc = "Classes of any data sets.", otherwise = "0")
            double mixed,

            @Key(
                    doc = "Texts that hold one of some keywords, from which it is taken out nine times in ten.",
                    otherwise = "0")
            double keyword,

            @Key(doc = "Two opposite unions of classes of one data set.", otherwise = "0")
            double poles)
            implements Serializable {
        /** The frequencies in the order of {@link Kind}. */
        double[] byKind() {
            return new double[] {single, mixed, keyword, poles};
        }
    }

    /** Where an episode's classes come from. */
    public enum Kind {
        /** Classes of one data set, which is drawn by the root of its number of classes. */
        SINGLE,
        /** Classes of any data sets. */
        MIXED,
        /** Texts that hold one of some keywords, from which it is taken out nine times in ten. */
        KEYWORD,
        /** Two opposite unions of classes of one data set. */
        POLES
    }

    /** Two opposites: each side is one of several alternatives, each of them a union of labels. */
    public record Poles(
            @Key(doc = "Name of the data set.") String set,

            @Key(doc = "Alternatives of one side, each a list of labels.", nonEmpty = true)
            List<List<String>> positive,

            @Key(doc = "Alternatives of the other side.", nonEmpty = true)
            List<List<String>> negative)
            implements Serializable {}

    /** A class of texts. */
    private interface TextClass {
        int[][] draw(RandomStream random);
    }

    @Override
    public TrainingBatch batch(long step) {
        List<TokenSequence> rows = new ArrayList<>();
        int[][] positions = new int[settings.batch()][];
        int[][] targets = new int[settings.batch()][];
        for (int row = 0; row < settings.batch(); row++) {
            RandomStream random = RandomStream.of(seed, step, row);
            List<TextClass> classes = classes(random);
            Episode episode = episode(classes, random);
            rows.add(TokenSequence.of(episode.tokens()));
            positions[row] = episode.arrows();
            targets[row] = Arrays.stream(episode.arrows())
                    .map(arrow -> episode.tokens()[arrow + 1])
                    .toArray();
        }
        return new TrainingBatch(rows, positions, targets);
    }

    private Poles poles() {
        return Objects.requireNonNull(settings.poles(), "the kind poles has opposites");
    }

    private List<TextClass> classes(RandomStream random) {
        Kind[] kinds = Kind.values();
        int count = 2 + random.nextInt(settings.mostClasses() - 1);
        return switch (kinds[weighted(settings.weights().byKind(), random)]) {
            case SINGLE -> {
                List<List<int[][]>> classes =
                        List.copyOf(sets.get(weighted(setWeights, random)).values());
                yield uniform(some(classes, count, random));
            }
            case MIXED -> uniform(some(pool.union(), count, random));
            case KEYWORD ->
                some(pool.keywords(), count, random).stream()
                        .map(this::withKeyword)
                        .toList();
            case POLES -> List.of(side(poles().positive(), random), side(poles().negative(), random));
        };
    }

    private static List<TextClass> uniform(List<List<int[][]>> classes) {
        return classes.stream()
                .map(members -> (TextClass) random -> members.get(random.nextInt(members.size())))
                .toList();
    }

    private TextClass withKeyword(TextPool.Keyword keyword) {
        return random -> {
            int[][] text = pool.text(keyword.texts()[random.nextInt(keyword.texts().length)]);
            if (random.nextDouble() >= 0.9) {
                return text;
            }
            return Arrays.stream(text)
                    .map(word -> Arrays.stream(word)
                            .filter(token -> token != keyword.token())
                            .toArray())
                    .toArray(int[][]::new);
        };
    }

    private TextClass side(List<List<String>> alternatives, RandomStream random) {
        Map<String, List<int[][]>> set = pool.sets().getOrDefault(poles().set(), Map.of());
        List<List<int[][]>> members = alternatives.get(random.nextInt(alternatives.size())).stream()
                .map(label -> set.getOrDefault(label, List.of()))
                .toList();
        return draws -> {
            List<int[][]> label = members.get(draws.nextInt(members.size()));
            return label.get(draws.nextInt(label.size()));
        };
    }

    private record Episode(int[] tokens, int[] arrows) {}

    private Episode episode(List<TextClass> classes, RandomStream random) {
        int[] labels = random.nextPermutation(settings.labels());
        int[] tokens = new int[settings.tokens()];
        List<Integer> arrows = new ArrayList<>();
        int at = 0;
        while (true) {
            int which = random.nextInt(classes.size());
            int[] text = cut(classes.get(which).draw(random), random);
            if (at + text.length + 2 > tokens.length) {
                if (at > tokens.length / 2 || text.length + 2 > tokens.length) {
                    break;
                }
                text = Arrays.copyOf(text, tokens.length - at - 2);
            }
            System.arraycopy(text, 0, tokens, at, text.length);
            at += text.length;
            tokens[at] = ARROW;
            tokens[at + 1] = FIRST_LABEL + labels[which];
            arrows.add(at);
            at += 2;
        }
        // Nothing can be known at the first arrow.
        return new Episode(
                tokens, arrows.stream().skip(1).mapToInt(Integer::intValue).toArray());
    }

    private int[] cut(int[][] text, RandomStream random) {
        return Arrays.stream(text)
                .limit(settings.words())
                .flatMapToInt(Arrays::stream)
                .map(token -> random.nextDouble() < settings.dropout() ? UNKNOWN : token)
                .toArray();
    }

    private static <T> List<T> some(List<T> all, int count, RandomStream random) {
        List<Integer> chosen = new ArrayList<>();
        while (chosen.size() < Math.min(count, all.size())) {
            int next = random.nextInt(all.size());
            if (!chosen.contains(next)) {
                chosen.add(next);
            }
        }
        return chosen.stream().map(all::get).toList();
    }

    private static int weighted(double[] weights, RandomStream random) {
        double left = random.nextDouble() * Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length - 1; i++) {
            left -= weights[i];
            if (left < 0) {
                return i;
            }
        }
        return weights.length - 1;
    }
}
