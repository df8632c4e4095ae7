package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.List;

/**
 * The start of a {@code llama}, whose softmax, unlike that of {@link StructuredStart}, can neither forget at a label
 * nor read the token before it. Layer 0 takes a mean of the word vectors of the last tokens, near ones first: with the
 * same vector in queries and keys, a score is Σ_f a_f cos(θ_f Δ) of the distance Δ. Layer 1 compares, at an arrow, this
 * mean with that at every label before, in features that turn so slowly that distance hardly counts, and takes the
 * label of those that are like it. With rotary base B, θ_f = B^(−f/h), h being half of a head's dimension.
 */
final class SoftmaxStart extends TextStart {
    /** A normed flag: of words and labels, and of arrows, which have nothing else. */
    private static final double NORMED_FLAG = 3.2;

    private static final double NORMED_ARROW = 11;

    /** The frequencies f that make nearness at B = 10⁶, periods of 35 to 470 tokens, with their shares. */
    private static final int[] NEAR = {2, 3, 4, 5};

    private static final double[] SHARES = {0.6, 1, 1, 0.6};

    /** The weight of nearness, head by head in turn. */
    private static final double[] NEARNESS = {1.4, 2, 3, 4.4};

    /** The first frequency whose turn over an episode is small, at B = 10⁶. */
    private static final int SLOW = 7;

    /** The factor of similarity in a score, and the offsets of the score at labels, words and arrows. */
    private static final double LIKENESS = 4;

    private static final double AT_LABELS = 2;
    private static final double AT_WORDS = -10;
    private static final double AT_ARROWS = -3;

    /** The weight in the head of all inputs but the codes of labels. */
    private static final double ASIDE = 0.1;

    SoftmaxStart(InitialWeights weights, Sizes sizes, long seed) {
        super(weights, sizes, seed, "self_attn");
    }

    @Override
    String embeddings() {
        return "model.embed_tokens.weight";
    }

    @Override
    List<String> sides() {
        return List.of("q", "k", "v", "o");
    }

    @Override
    void layers() {
        unknown();
        head();
        mean();
        memory();
    }

    /** A token that is not known is as long as a word: shorter, its flag would be the largest of all when normed. */
    private void unknown() {
        float[] table = weights.values(embeddings());
        sizes.set(table, TextEpisodes.UNKNOWN, sizes.hidden() - 1, 1);
    }

    private void head() {
        float[] norm = weights.values("model.norm.weight");
        Arrays.fill(norm, (float) ASIDE);
        Arrays.fill(norm, sizes.words(), sizes.wordFlag(), 1);
    }

    /** Layer 0: the mean of the words near by, rare ones more. */
    private void mean() {
        int half = sizes.headDimension() / 2;
        double root = Math.sqrt(sizes.headDimension());
        float[] queries = projection(0, "q");
        float[] keys = projection(0, "k");
        for (int head = 0; head < sizes.heads(); head++) {
            int first = head * sizes.headDimension();
            for (int n = 0; n < NEAR.length; n++) {
                double size = Math.sqrt(root * SHARES[n] * NEARNESS[head % NEARNESS.length]);
                constant(queries, first + NEAR[n], size);
                sizes.set(keys, first + NEAR[n], sizes.wordFlag(), size / NORMED_FLAG);
            }
            // The slowest feature is as good as one that does not turn.
            constant(queries, first + half - 1, 3);
            sizes.set(keys, first + half - 1, sizes.rarity(), 0.8 * root / 3);
        }
        float[] turn = turn(0);
        float[] values = projection(0, "v");
        for (int row = 0; row < width; row++) {
            for (int d = 0; d < sizes.words(); d++) {
                sizes.set(values, row, d, SHARPNESS * turn[row * width + d]);
            }
        }
        writeMean(turn);
    }

    /** Layer 1: at an arrow, the labels before it by the likeness of their texts. */
    private void memory() {
        int half = sizes.headDimension() / 2;
        float[] turn = turn(1);
        float[] queries = projection(1, "q");
        float[] keys = projection(1, "k");
        for (int head = 0; head < sizes.heads(); head++) {
            int first = head * sizes.headDimension();
            for (int feature = 0; feature < sizes.headDimension(); feature++) {
                // The last frequency is kept for the flags.
                boolean slow = feature % half >= SLOW && feature % half < half - 1;
                for (int d = 0; slow && d < sizes.words(); d++) {
                    double entry = LIKENESS * turn[(first + feature) * width + d];
                    sizes.set(queries, first + feature, d, entry);
                    sizes.set(keys, first + feature, d, entry);
                }
            }
            sizes.set(queries, first + half - 1, sizes.arrowFlag(), 1);
            sizes.set(keys, first + half - 1, sizes.labelFlag(), AT_LABELS);
            sizes.set(keys, first + half - 1, sizes.wordFlag(), AT_WORDS);
            sizes.set(keys, first + half - 1, sizes.arrowFlag(), AT_ARROWS);
        }
        keepLabels();
    }

    /** A row that gives {@code value} for every token, whatever it is. */
    private void constant(float[] matrix, int row, double value) {
        sizes.set(matrix, row, sizes.wordFlag(), value / NORMED_FLAG);
        sizes.set(matrix, row, sizes.labelFlag(), value / NORMED_FLAG);
        sizes.set(matrix, row, sizes.arrowFlag(), value / NORMED_ARROW);
    }
}
