package org.iclsweep.model.training;

import static org.iclsweep.model.training.StructuredStart.name;
import static org.iclsweep.model.training.StructuredStart.zeroed;

import java.util.Arrays;
import java.util.List;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * The start of {@link StructuredStart} for a {@code llama} of two layers, whose softmax can neither forget at a label
 * nor read the token before it. Layer 0 takes a mean of the word vectors of the last tokens, near ones first: with the
 * same vector in queries and keys, a score is Σ_f a_f cos(θ_f Δ) of the distance Δ. Layer 1 compares, at an arrow, this
 * mean with that at every label before, in features that turn so slowly that distance hardly counts, and takes the
 * label of those that are like it. With rotary base B, θ_f = B^(−f/h), h being half of a head's dimension.
 */
final class SoftmaxStart {
    /** A normed flag: of words and labels, and of arrows, which have nothing else. */
    private static final double NORMED_FLAG = 3.2;

    private static final double NORMED_ARROW = 11;
    private static final double SHARPNESS = 0.3;
    private static final double BACK = 0.1;

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

    private final InitialWeights weights;
    private final StructuredStart.Sizes sizes;
    private final long seed;

    private SoftmaxStart(InitialWeights weights, StructuredStart.Sizes sizes, long seed) {
        this.weights = weights;
        this.sizes = sizes;
        this.seed = seed;
    }

    /** Changes {@code weights} to this start; the parameters are those of {@link StructuredStart#apply}. */
    static void apply(
            InitialWeights weights,
            StructuredStart.Sizes sizes,
            double[][] vectors,
            TokenStatistics statistics,
            long seed) {
        SoftmaxStart start = new SoftmaxStart(weights, sizes, seed);
        StructuredStart.embeddings(zeroed(weights, "model.embed_tokens.weight"), sizes, vectors, statistics, seed);
        for (int layer = 0; layer < 2; layer++) {
            zeroed(weights, name(layer, "mlp.down_proj.weight"));
            for (String side : List.of("q", "k", "v", "o")) {
                zeroed(weights, name(layer, "self_attn." + side + "_proj.weight"));
            }
        }
        start.unknown();
        start.head();
        start.mean();
        start.memory();
    }

    /** A token that is not known is as long as a word: shorter, its flag would be the largest of all when normed. */
    private void unknown() {
        float[] table = weights.values("model.embed_tokens.weight");
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
        float[] queries = weights.values(name(0, "self_attn.q_proj.weight"));
        float[] keys = weights.values(name(0, "self_attn.k_proj.weight"));
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
        int width = sizes.heads() * sizes.headDimension();
        float[] turn = OrthogonalMatrix.random(RandomStream.of(seed, 3, 0), width, width);
        float[] values = weights.values(name(0, "self_attn.v_proj.weight"));
        float[] back = weights.values(name(0, "self_attn.o_proj.weight"));
        for (int row = 0; row < width; row++) {
            for (int d = 0; d < sizes.words(); d++) {
                sizes.set(values, row, d, SHARPNESS * turn[row * width + d]);
                back[d * width + row] = (float) BACK * turn[row * width + d];
            }
        }
    }

    /** Layer 1: at an arrow, the labels before it by the likeness of their texts. */
    private void memory() {
        int half = sizes.headDimension() / 2;
        int width = sizes.heads() * sizes.headDimension();
        float[] turn = OrthogonalMatrix.random(RandomStream.of(seed, 3, 1), width, width);
        float[] queries = weights.values(name(1, "self_attn.q_proj.weight"));
        float[] keys = weights.values(name(1, "self_attn.k_proj.weight"));
        float[] values = weights.values(name(1, "self_attn.v_proj.weight"));
        float[] back = weights.values(name(1, "self_attn.o_proj.weight"));
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
            for (int label = 0; label < sizes.labels(); label++) {
                sizes.set(values, first + label, sizes.words() + label, SHARPNESS);
                back[(sizes.words() + label) * width + first + label] = (float) BACK;
            }
        }
    }

    /** A row that gives {@code value} for every token, whatever it is. */
    private void constant(float[] matrix, int row, double value) {
        sizes.set(matrix, row, sizes.wordFlag(), value / NORMED_FLAG);
        sizes.set(matrix, row, sizes.labelFlag(), value / NORMED_FLAG);
        sizes.set(matrix, row, sizes.arrowFlag(), value / NORMED_ARROW);
    }
}
