package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.List;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * The start of a {@code gated_deltanet}: layer 0 keeps a decaying mean, forgotten at a label; layer 1 is an associative
 * memory by the delta rule.
 */
final class StructuredStart extends TextStart {
    StructuredStart(InitialWeights weights, Sizes sizes, long seed) {
        super(weights, sizes, seed, "attn");
    }

    @Override
    String embeddings() {
        return "model.embeddings.weight";
    }

    @Override
    List<String> sides() {
        return List.of("a", "b", "q", "k", "v", "o");
    }

    @Override
    void layers() {
        for (int layer = 0; layer < 2; layer++) {
            Arrays.fill(weights.values(name(layer, "A_log")), 0);
            Arrays.fill(weights.values(name(layer, "dt_bias")), -7);
            for (String side : List.of("q", "k", "v")) {
                onlyTap(name(layer, side + "_conv1d.weight"), sizes.taps() - 1);
            }
        }
        mean();
        memory();
    }

    /** Layer 0: one key for all words, so that the state is the mean of their values. */
    private void mean() {
        float[] queries = projection(0, "q");
        float[] noise = OrthogonalMatrix.random(RandomStream.of(seed, 2), width, sizes.hidden());
        for (int i = 0; i < queries.length; i++) {
            queries[i] = 0.005f * noise[i];
        }
        for (int head = 0; head < sizes.heads(); head++) {
            for (int flag = sizes.wordFlag(); flag <= sizes.labelFlag(); flag++) {
                sizes.set(queries, head * sizes.headDimension(), flag, SHARPNESS);
            }
        }
        System.arraycopy(queries, 0, projection(0, "k"), 0, queries.length);
        float[] turn = turn(0);
        turned(projection(0, "v"), turn);
        writeMean(turn);
        // A normed flag is about 3.2, that of the arrow, which has nothing else, about 11.3.
        forHeads(0, "b", sizes.wordFlag(), -4 / 3.2);
        forHeads(0, "b", sizes.rarity(), 0.8);
        forHeads(0, "b", sizes.arrowFlag(), -8 / 11.3);
        forHeads(0, "b", sizes.labelFlag(), -8 / 3.2);
        forHeads(0, "a", sizes.labelFlag(), 20 / 3.2);
    }

    /** Layer 1: at a label, its code is written under the mean at the arrow before; at an arrow, it is read. */
    private void memory() {
        float[] queries = projection(1, "q");
        turned(queries, turn(1));
        System.arraycopy(queries, 0, projection(1, "k"), 0, queries.length);
        onlyTap(name(1, "k_conv1d.weight"), sizes.taps() - 2);
        keepLabels();
        forHeads(1, "b", sizes.wordFlag(), -4);
        forHeads(1, "b", sizes.arrowFlag(), -4);
    }

    /** Sets the columns of the word dimensions of {@code matrix} [width, D] to those of {@code turn}. */
    private void turned(float[] matrix, float[] turn) {
        for (int row = 0; row < width; row++) {
            for (int d = 0; d < sizes.words(); d++) {
                matrix[row * sizes.hidden() + d] = (float) SHARPNESS * turn[row * width + d];
            }
        }
    }

    private void forHeads(int layer, String side, int dimension, double value) {
        for (int head = 0; head < sizes.heads(); head++) {
            sizes.set(projection(layer, side), head, dimension, value);
        }
    }

    private void onlyTap(String name, int tap) {
        float[] taps = zeroed(name);
        for (int i = tap; i < taps.length; i += sizes.taps()) {
            taps[i] = 1;
        }
    }
}
