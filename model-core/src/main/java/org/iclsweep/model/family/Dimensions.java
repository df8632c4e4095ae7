package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;

/**
 * The sizes that every model has.
 *
 * @param vocabulary V
 * @param hiddenSize D
 * @param layers number of blocks
 * @param tied true if the head is the embedding
 * @param inputSize size of vector inputs, 0 for none
 * @param outputSize size of the regression read-out, 0 for none
 * @param positions number of positions; empty for any
 */
public record Dimensions(
        int vocabulary,
        int hiddenSize,
        int layers,
        boolean tied,
        int inputSize,
        int outputSize,
        OptionalInt positions) {
    /** The sizes of a model type that may read vectors too, and answer with numbers. */
    record OfVectors(
            @Key(doc = "V.", from = 1) int vocabSize,
            @Key(doc = "D.", from = 1) int hiddenSize,
            @Key(doc = "Number of blocks.", from = 1) int numHiddenLayers,

            @Key(doc = "The head is the embedding; absent: as of the model type.")
            Optional<Boolean> tieWordEmbeddings,

            @Key(doc = "Size of vector inputs, 0 for none.", from = 0, otherwise = "0")
            int inputSize,

            @Key(doc = "Size of the regression read-out, 0 for none.", from = 0, otherwise = "0")
            int outputSize,

            @Key(doc = "Number of positions; absent: any.", name = "max_position_embeddings", from = 1)
            OptionalInt positions) {
        /** The sizes, with a head that is {@code tied} where none is told. */
        Dimensions dimensions(boolean tied) {
            return new Dimensions(
                    vocabSize,
                    hiddenSize,
                    numHiddenLayers,
                    tieWordEmbeddings.orElse(tied),
                    inputSize,
                    outputSize,
                    positions);
        }
    }

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
