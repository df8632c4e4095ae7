package org.iclsweep.model.family;

import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;

/** The sizes that every model has: vocabulary V, hidden size D, blocks, inputs and read-out. */
public record Dimensions(
        @Key(doc = "V.", name = "vocab_size", from = 1) int vocabulary,
        @Key(doc = "D.", from = 1) int hiddenSize,

        @Key(doc = "Number of blocks.", name = "num_hidden_layers", from = 1)
        int layers,

        @Key(doc = "The head is the embedding.", name = "tie_word_embeddings", otherwise = "false")
        boolean tied,

        @Key(doc = "Size of vector inputs, 0 for none.", from = 0, otherwise = "0")
        int inputSize,

        @Key(doc = "Size of the regression read-out, 0 for none.", from = 0, otherwise = "0")
        int outputSize,

        @Key(doc = "Number of positions; absent: any.", name = "max_position_embeddings", from = 1)
        OptionalInt positions) {
    /** The sizes of a model type that reads tokens alone. */
    record OfTokens(
            @Key(doc = "V.", from = 1) int vocabSize,
            @Key(doc = "D.", from = 1) int hiddenSize,
            @Key(doc = "Number of blocks.", from = 1) int numHiddenLayers,

            @Key(doc = "Tied head.", otherwise = "false") boolean tieWordEmbeddings,

            @Key(doc = "Number of positions; absent: any.", name = "max_position_embeddings", from = 1)
            OptionalInt positions) {
        Dimensions dimensions() {
            return new Dimensions(vocabSize, hiddenSize, numHiddenLayers, tieWordEmbeddings, 0, 0, positions);
        }
    }
}
