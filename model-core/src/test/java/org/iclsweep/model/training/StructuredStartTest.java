package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;

/**
 * Starts that learn in context before any training. Texts of 6 words out of a topic's 12, the words of a topic alike; 4
 * topics an episode with 3 demonstrations each, whose label tokens are dealt anew.
 */
class StructuredStartTest {
    private static final int LABELS = 16;
    private static final int FIRST_WORD = TextEpisodes.FIRST_LABEL + LABELS;
    private static final int TOPICS = 8;
    private static final int WORDS_OF_TOPIC = 12;
    private static final int VOCABULARY = FIRST_WORD + TOPICS * WORDS_OF_TOPIC;
    private static final int WORD_DIMENSIONS = 96;
    private static final int EPISODES = 150;

    private static final JsonNode LINEAR = Configurations.json("""
            {"model_type": "gated_deltanet", "vocab_size": %d, "hidden_size": 128, "num_hidden_layers": 2, "num_heads": 4,
             "head_dim": 32, "expand_v": 1, "use_gate": false, "conv_size": 4, "intermediate_size": 64, "norm_eps": 1e-5,
             "tie_word_embeddings": true}""".formatted(VOCABULARY));
    private static final JsonNode SOFTMAX = Configurations.json("""
            {"model_type": "llama", "vocab_size": %d, "hidden_size": 128, "num_hidden_layers": 2,
             "num_attention_heads": 4, "head_dim": 32, "intermediate_size": 64, "rope_theta": 1000000,
             "rms_norm_eps": 1e-5, "tie_word_embeddings": true}""".formatted(VOCABULARY));

    private static TextStart.Sizes sizes() {
        return new TextStart.Sizes(VOCABULARY, 128, 4, 32, 4, WORD_DIMENSIONS, LABELS);
    }

    /** A direction for each topic, and one of half the length for each word. */
    private static double[][] vectors() {
        Random random = new Random(3);
        double[][] topics = gaussian(random, TOPICS, 1);
        double[][] vectors = gaussian(random, VOCABULARY, 0.5);
        for (int word = FIRST_WORD; word < VOCABULARY; word++) {
            double[] topic = topics[(word - FIRST_WORD) / WORDS_OF_TOPIC];
            for (int d = 0; d < WORD_DIMENSIONS; d++) {
                vectors[word][d] += topic[d];
            }
        }
        return vectors;
    }

    /** Rows of length {@code norm}, about. */
    private static double[][] gaussian(Random random, int rows, double norm) {
        return IntStream.range(0, rows)
                .mapToObj(row -> random.doubles(WORD_DIMENSIONS)
                        .map(ignored -> norm / Math.sqrt(WORD_DIMENSIONS) * random.nextGaussian())
                        .toArray())
                .toArray(double[][]::new);
    }

    private static int[] text(Random random, int topic) {
        return random.ints(6, 0, WORDS_OF_TOPIC)
                .map(word -> FIRST_WORD + topic * WORDS_OF_TOPIC + word)
                .toArray();
    }

    private static TokenStatistics statistics() {
        Random random = new Random(4);
        return TokenStatistics.of(
                IntStream.range(0, 400).mapToObj(i -> text(random, i % TOPICS)).toList(), VOCABULARY);
    }

    /** The part of the queries whose topic's label has the largest logit of the labels that were dealt. */
    private static double accuracy(JsonNode config, InitialWeights weights) {
        Random random = new Random(5);
        int right = 0;
        try (LanguageModel model = LanguageModel.load(config, weights, DataType.FLOAT32, Device.cpu())) {
            for (int episode = 0; episode < EPISODES; episode++) {
                List<Integer> topics = dealt(random, TOPICS);
                List<Integer> labels = dealt(random, LABELS).stream()
                        .map(label -> TextEpisodes.FIRST_LABEL + label)
                        .toList();
                List<TokenSequence> shown = new ArrayList<>();
                for (int shot = 0; shot < 3; shot++) {
                    for (int topic : dealt(random, 4)) {
                        shown.add(asked(random, topics.get(topic)).then(TokenSequence.of(labels.get(topic))));
                    }
                }
                int gold = random.nextInt(4);
                float[] logits = last(model, TokenSequence.concat(shown).then(asked(random, topics.get(gold))));
                int answer = IntStream.range(0, 4)
                        .boxed()
                        .max(Comparator.comparingDouble(topic -> logits[labels.get(topic)]))
                        .orElseThrow();
                right += answer == gold ? 1 : 0;
            }
        }
        return (double) right / EPISODES;
    }

    private static TokenSequence asked(Random random, int topic) {
        return TokenSequence.of(text(random, topic)).then(TokenSequence.of(TextEpisodes.ARROW));
    }

    /** Four of 0 to {@code of} − 1. */
    private static List<Integer> dealt(Random random, int of) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, of).boxed().toList());
        Collections.shuffle(all, random);
        return all.subList(0, 4);
    }

    private static float[] last(LanguageModel model, TokenSequence prompt) {
        try (NDManager batch = model.newBatch()) {
            PromptTree tree = PromptTree.of(TokenSequence.EMPTY, prompt);
            float[] logits = model.logits(model.prompted(batch, List.of(tree), Padding.LONGEST, RunObserver.NONE))
                    .toFloatArray();
            return Arrays.copyOfRange(logits, logits.length - VOCABULARY, logits.length);
        }
    }

    @Test
    void linearAttentionStartsAsAClassifier() {
        InitialWeights weights = InitialWeights.of(LINEAR, 1);
        assertThat(accuracy(LINEAR, weights)).as("drawn at random").isBetween(0.1, 0.4);
        TextStart.of(LINEAR, weights, sizes(), 1).apply(vectors(), statistics());
        assertThat(accuracy(LINEAR, weights)).isGreaterThan(0.9);
    }

    @Test
    void softmaxAttentionStartsAsAClassifier() {
        InitialWeights weights = InitialWeights.of(SOFTMAX, 1);
        assertThat(accuracy(SOFTMAX, weights)).as("drawn at random").isBetween(0.1, 0.4);
        TextStart.of(SOFTMAX, weights, sizes(), 1).apply(vectors(), statistics());
        assertThat(accuracy(SOFTMAX, weights)).isGreaterThan(0.9);
    }
}
