package org.iclsweep.model.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.prompt.TokenSequence;

/** The batches of {@link TextEpisodes}. */
final class TextEpisodeSource implements EpisodeSource {
    private final TextPool pool;
    private final TextEpisodes settings;
    private final long seed;
    private final List<Map<String, List<int[][]>>> sets;
    private final double[] setWeights;

    TextEpisodeSource(TextPool pool, TextEpisodes settings, long seed) {
        this.pool = pool;
        this.settings = settings;
        this.seed = seed;
        this.sets = List.copyOf(pool.sets().values());
        this.setWeights =
                sets.stream().mapToDouble(classes -> Math.sqrt(classes.size())).toArray();
    }

    /** The kinds of tasks, in the order of {@link TextEpisodes.Weights}. */
    private enum Kind {
        SINGLE,
        MIXED,
        KEYWORD,
        POLES
    }

    /** A class of texts. */
    private interface TextClass {
        int[][] draw(RandomStream random);
    }

    @Override
    public TrainingBatch batch(long step) {
        return TrainingBatch.of(settings.batch(), row -> {
            RandomStream random = RandomStream.of(seed, step, row);
            return episode(classes(random), random);
        });
    }

    private TextEpisodes.Poles poles() {
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

    private TrainingBatch.Row episode(List<TextClass> classes, RandomStream random) {
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
            tokens[at] = TextEpisodes.ARROW;
            tokens[at + 1] = TextEpisodes.FIRST_LABEL + labels[which];
            arrows.add(at);
            at += 2;
        }
        // Nothing can be known at the first arrow.
        int[] asked = arrows.stream().skip(1).mapToInt(Integer::intValue).toArray();
        int[] targets = Arrays.stream(asked).map(arrow -> tokens[arrow + 1]).toArray();
        return new TrainingBatch.Row(TokenSequence.of(tokens), asked, targets);
    }

    private int[] cut(int[][] text, RandomStream random) {
        return Arrays.stream(text)
                .limit(settings.words())
                .flatMapToInt(Arrays::stream)
                .map(token -> random.nextDouble() < settings.dropout() ? TextEpisodes.UNKNOWN : token)
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
