package org.iclsweep.model.family;

/**
 * The sizes that every model has.
 *
 * @param vocabulary V
 * @param hiddenSize D
 * @param layers number of blocks
 * @param tied true if the head is the embedding
 * @param inputSize size of vector inputs, 0 where only tokens are read
 * @param outputSize size of the regression read-out, 0 where logits are
 */
public record Dimensions(int vocabulary, int hiddenSize, int layers, boolean tied, int inputSize, int outputSize) {

    /** The sizes in {@code fields} by the names that most model types have for them. */
    static Dimensions of(ConfigurationFields fields) {
        return new Dimensions(
                fields.positive("vocab_size"),
                fields.positive("hidden_size"),
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                0,
                0);
    }

    /** The same with the vector inputs and the regression read-out of this project's own models. */
    Dimensions withVectors(ConfigurationFields fields) {
        return new Dimensions(
                vocabulary, hiddenSize, layers, tied, fields.count("input_size", 0), fields.count("output_size", 0));
    }
}
