package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * A start of a {@code gated_deltanet} of two layers that is a classifier before any training. Layer 0 keeps a decaying
 * mean of the word vectors of the text, forgotten at a label; layer 1 is an associative memory by the delta rule from
 * that mean, at an arrow, to the label after it. The stream's dimensions: the word vector, one per label token, flags
 * for word, arrow and label, the rarity of the word; the rest is spare.
 */
final class StructuredStart {
    private static final double FLAG = 0.3;
    private static final double SHARPNESS = 0.3;
    private static final double BACK = 0.1;

    private final InitialWeights weights;
    private final Sizes sizes;
    private final long seed;

    /**
     * @param hidden D of the stream
     * @param heads of each layer
     * @param headDimension d of a head
     * @param taps of the convolutions, where there are any
     * @param words dimensions of word vectors
     * @param labels number of label tokens
     */
    record Sizes(int vocabulary, int hidden, int heads, int headDimension, int taps, int words, int labels) {
        int wordFlag() {
            return words + labels;
        }

        int arrowFlag() {
            return wordFlag() + 1;
        }

        int labelFlag() {
            return wordFlag() + 2;
        }

        int rarity() {
            return wordFlag() + 3;
        }

        /** Sets an entry of a matrix with D columns. */
        void set(float[] matrix, int row, int column, double value) {
            matrix[row * hidden + column] = (float) value;
        }
    }

    private StructuredStart(InitialWeights weights, Sizes sizes, long seed) {
        this.weights = weights;
        this.sizes = sizes;
        this.seed = seed;
    }

    /**
     * Changes {@code weights} to this start.
     *
     * @param vectors centred word vectors [vocabulary][words], as {@link WordVectors} gives them
     * @param statistics what rarity is taken from
     */
    static void apply(InitialWeights weights, Sizes sizes, double[][] vectors, TokenStatistics statistics, long seed) {
        StructuredStart start = new StructuredStart(weights, sizes, seed);
        embeddings(zeroed(weights, "model.embeddings.weight"), sizes, vectors, statistics, seed);
        start.bothLayers();
        start.mean();
        start.memory();
    }

    /** Fills the embeddings, which are 0, with what the stream's dimensions stand for. */
    static void embeddings(float[] table, Sizes sizes, double[][] vectors, TokenStatistics statistics, long seed) {
        int first = TextEpisodes.FIRST_LABEL + sizes.labels();
        double[] idf = IntStream.range(first, sizes.vocabulary())
                .mapToDouble(statistics::inverseDocumentFrequency)
                .toArray();
        double mean = Arrays.stream(idf).average().orElse(0);
        double deviation =
                Math.sqrt(Arrays.stream(idf).map(x -> (x - mean) * (x - mean)).sum() / (idf.length - 1));
        RandomStream spare = RandomStream.of(seed, 1);
        for (int token = 0; token < sizes.vocabulary(); token++) {
            boolean word = token >= first;
            boolean label = token >= TextEpisodes.FIRST_LABEL && !word;
            for (int d = 0; word && d < sizes.words(); d++) {
                sizes.set(table, token, d, vectors[token][d]);
            }
            if (label) {
                sizes.set(table, token, sizes.words() + token - TextEpisodes.FIRST_LABEL, 1);
                sizes.set(table, token, sizes.labelFlag(), FLAG);
            } else {
                sizes.set(table, token, token == TextEpisodes.ARROW ? sizes.arrowFlag() : sizes.wordFlag(), FLAG);
            }
            if (word) {
                sizes.set(table, token, sizes.rarity(), 0.1 * (idf[token - first] - mean) / deviation);
            }
            for (int d = sizes.rarity() + 1; d < sizes.hidden(); d++) {
                sizes.set(table, token, d, 0.02 * spare.nextGaussian());
            }
        }
    }

    private void bothLayers() {
        for (int layer = 0; layer < 2; layer++) {
            zeroed(weights, name(layer, "mlp.down_proj.weight"));
            for (String side : List.of("a", "b", "q", "k", "v", "o")) {
                zeroed(weights, name(layer, "attn." + side + "_proj.weight"));
            }
            Arrays.fill(weights.values(name(layer, "attn.A_log")), 0);
            Arrays.fill(weights.values(name(layer, "attn.dt_bias")), -7);
            for (String side : List.of("q", "k", "v")) {
                onlyTap(name(layer, "attn." + side + "_conv1d.weight"), sizes.taps() - 1);
            }
        }
    }

    /** Layer 0: one key for all words, so that the state is the mean of their values. */
    private void mean() {
        int width = sizes.heads() * sizes.headDimension();
        float[] turn = turn(0, width);
        float[] queries = weights.values(name(0, "attn.q_proj.weight"));
        float[] noise = OrthogonalMatrix.random(RandomStream.of(seed, 2), width, sizes.hidden());
        for (int i = 0; i < queries.length; i++) {
            queries[i] = 0.005f * noise[i];
        }
        for (int head = 0; head < sizes.heads(); head++) {
            for (int flag = sizes.wordFlag(); flag <= sizes.labelFlag(); flag++) {
                set(queries, head * sizes.headDimension(), flag, SHARPNESS);
            }
        }
        System.arraycopy(queries, 0, weights.values(name(0, "attn.k_proj.weight")), 0, queries.length);
        float[] values = weights.values(name(0, "attn.v_proj.weight"));
        float[] back = weights.values(name(0, "attn.o_proj.weight"));
        for (int row = 0; row < width; row++) {
            for (int d = 0; d < sizes.words(); d++) {
                values[row * sizes.hidden() + d] = (float) SHARPNESS * turn[row * width + d];
                back[d * width + row] = (float) BACK * turn[row * width + d];
            }
        }
        // A normed flag is about 3.2, that of the arrow, which has nothing else, about 11.3.
        forHeads(0, "b", sizes.wordFlag(), -4 / 3.2);
        forHeads(0, "b", sizes.rarity(), 0.8);
        forHeads(0, "b", sizes.arrowFlag(), -8 / 11.3);
        forHeads(0, "b", sizes.labelFlag(), -8 / 3.2);
        forHeads(0, "a", sizes.labelFlag(), 20 / 3.2);
    }

    /** Layer 1: at a label, its code is written under the mean at the arrow before; at an arrow, it is read. */
    private void memory() {
        int width = sizes.heads() * sizes.headDimension();
        float[] turn = turn(1, width);
        float[] queries = weights.values(name(1, "attn.q_proj.weight"));
        for (int row = 0; row < width; row++) {
            for (int d = 0; d < sizes.words(); d++) {
                queries[row * sizes.hidden() + d] = (float) SHARPNESS * turn[row * width + d];
            }
        }
        System.arraycopy(queries, 0, weights.values(name(1, "attn.k_proj.weight")), 0, queries.length);
        onlyTap(name(1, "attn.k_conv1d.weight"), sizes.taps() - 2);
        float[] values = weights.values(name(1, "attn.v_proj.weight"));
        float[] back = weights.values(name(1, "attn.o_proj.weight"));
        for (int head = 0; head < sizes.heads(); head++) {
            for (int label = 0; label < sizes.labels(); label++) {
                int row = head * sizes.headDimension() + label;
                set(values, row, sizes.words() + label, SHARPNESS);
                back[(sizes.words() + label) * width + row] = (float) BACK;
            }
        }
        forHeads(1, "b", sizes.wordFlag(), -4);
        forHeads(1, "b", sizes.arrowFlag(), -4);
    }

    /** A random orthogonal matrix [width, width], of which the columns of the word dimensions are used. */
    private float[] turn(int layer, int width) {
        return OrthogonalMatrix.random(RandomStream.of(seed, 3, layer), width, width);
    }

    private void forHeads(int layer, String side, int dimension, double value) {
        float[] matrix = weights.values(name(layer, "attn." + side + "_proj.weight"));
        for (int head = 0; head < sizes.heads(); head++) {
            set(matrix, head, dimension, value);
        }
    }

    private void onlyTap(String name, int tap) {
        float[] taps = zeroed(weights, name);
        for (int i = tap; i < taps.length; i += sizes.taps()) {
            taps[i] = 1;
        }
    }

    private void set(float[] matrix, int row, int column, double value) {
        sizes.set(matrix, row, column, value);
    }

    /** The values of a tensor, all set to 0. */
    static float[] zeroed(InitialWeights weights, String name) {
        float[] values = weights.values(name);
        Arrays.fill(values, 0);
        return values;
    }

    /** The name of a tensor of a layer. */
    static String name(int layer, String tensor) {
        return "model.layers." + layer + "." + tensor;
    }
}
