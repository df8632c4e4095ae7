package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * A start of a model of two layers that is a classifier of texts before any training. Layer 0 takes a mean of the word
 * vectors of a text; layer 1 is a memory from that mean, at an arrow, to the label after it. The stream's dimensions:
 * the word vector, one per label token, flags for word, arrow and label, the rarity of the word; the rest is spare.
 */
abstract class TextStart {
    static final double SHARPNESS = 0.3;
    static final double BACK = 0.1;
    private static final double FLAG = 0.3;

    final InitialWeights weights;
    final Sizes sizes;
    final long seed;

    /** Width of all heads side by side. */
    final int width;

    private final String mixer;

    /**
     * @param hidden D of the stream
     * @param heads of each layer
     * @param headDimension d of a head
     * @param taps of the convolutions, where there are any
     * @param words dimensions of word vectors
     * @param labels number of label tokens
     */
    record Sizes(int vocabulary, int hidden, int heads, int headDimension, int taps, int words, int labels) {
        /** The sizes of {@code model}, trained by {@code episodes}. */
        static Sizes of(JsonNode model, TextEpisodes episodes) {
            return new Sizes(
                    model.path("vocab_size").asInt(),
                    model.path("hidden_size").asInt(),
                    model.path(isSoftmax(model) ? "num_attention_heads" : "num_heads")
                            .asInt(),
                    model.path("head_dim").asInt(),
                    model.path("conv_size").asInt(4),
                    episodes.wordDimensions(),
                    episodes.labels());
        }

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

    /** @param mixer the module of the token mixer in a layer */
    TextStart(InitialWeights weights, Sizes sizes, long seed, String mixer) {
        this.weights = weights;
        this.sizes = sizes;
        this.seed = seed;
        this.width = sizes.heads() * sizes.headDimension();
        this.mixer = mixer;
    }

    /** The start that {@code weights} of {@code model} are changed to. */
    static TextStart of(JsonNode model, InitialWeights weights, Sizes sizes, long seed) {
        return isSoftmax(model) ? new SoftmaxStart(weights, sizes, seed) : new StructuredStart(weights, sizes, seed);
    }

    private static boolean isSoftmax(JsonNode model) {
        return model.path("model_type").asText().equals("llama");
    }

    /**
     * Changes the weights to this start.
     *
     * @param vectors centred word vectors [vocabulary][words], as {@link WordVectors} gives them
     * @param statistics the counts that rarity is taken from
     */
    final void apply(double[][] vectors, TokenStatistics statistics) {
        embeddings(zeroed(embeddings()), vectors, statistics);
        for (int layer = 0; layer < 2; layer++) {
            zeroed("model.layers." + layer + ".mlp.down_proj.weight");
            for (String side : sides()) {
                zeroed(name(layer, side + "_proj.weight"));
            }
        }
        layers();
    }

    /** The name of the embeddings. */
    abstract String embeddings();

    /** The projections of a layer's token mixer. */
    abstract List<String> sides();

    /** Fills both layers, whose projections are 0. */
    abstract void layers();

    /** Fills the embeddings, which are 0, with what the stream's dimensions stand for. */
    private void embeddings(float[] table, double[][] vectors, TokenStatistics statistics) {
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

    /** Layer 0 writes the mean, of which {@code turn} [width, width] makes values, to the stream. */
    final void writeMean(float[] turn) {
        float[] back = projection(0, "o");
        for (int row = 0; row < width; row++) {
            for (int d = 0; d < sizes.words(); d++) {
                back[d * width + row] = (float) BACK * turn[row * width + d];
            }
        }
    }

    /** Layer 1 keeps the code of a label and writes it to the stream. */
    final void keepLabels() {
        float[] values = projection(1, "v");
        float[] back = projection(1, "o");
        for (int head = 0; head < sizes.heads(); head++) {
            for (int label = 0; label < sizes.labels(); label++) {
                int row = head * sizes.headDimension() + label;
                sizes.set(values, row, sizes.words() + label, SHARPNESS);
                back[(sizes.words() + label) * width + row] = (float) BACK;
            }
        }
    }

    /** A random orthogonal matrix [width, width], of which the columns of the word dimensions are used. */
    final float[] turn(int layer) {
        return OrthogonalMatrix.random(RandomStream.of(seed, 3, layer), width, width);
    }

    /** The weight of a projection. */
    final float[] projection(int layer, String side) {
        return weights.values(name(layer, side + "_proj.weight"));
    }

    /** The values of a tensor, all set to 0. */
    final float[] zeroed(String name) {
        float[] values = weights.values(name);
        Arrays.fill(values, 0);
        return values;
    }

    /** The name of a tensor of a layer's token mixer. */
    final String name(int layer, String tensor) {
        return "model.layers." + layer + "." + mixer + "." + tensor;
    }
}
