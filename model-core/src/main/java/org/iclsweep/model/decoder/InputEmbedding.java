package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.model.family.LearnedPositions;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.Parameters;

/** From token ids, or vectors for models that read vectors, to the first hidden states. */
record InputEmbedding(Architecture layout, Parameters parameters, DataType type) {
    /** Embeddings [B, T, D] of {@code rows}, zero in empty slots; positions go on from those of {@code before}. */
    NDArray embed(NDManager batch, TokenSequence[] rows, SlotLayout slots, Parameters before) {
        NDArray embedded = content(batch, rows, slots);
        return layout.learnedPositions()
                .map(positions -> embedded.add(positions(batch, slots, positions, before)))
                .orElse(embedded);
    }

    private NDArray content(NDManager batch, TokenSequence[] rows, SlotLayout slots) {
        Dimensions d = layout.dimensions();
        int length = slots.length();
        long[] ids = new long[rows.length * length];
        float[] isToken = new float[ids.length];
        float[] isVector = new float[ids.length];
        double[] vectors = new double[d.inputSize() * ids.length];
        boolean anyVector = false;
        for (int row = 0; row < rows.length; row++) {
            int[] tokens = rows[row].ids();
            int[] tokenSlots = slots.tokenSlots(row);
            for (int i = 0; i < tokens.length; i++) {
                int slot = row * length + tokenSlots[i];
                if (tokens[i] >= 0) {
                    ids[slot] = checked(tokens[i]);
                    isToken[slot] = 1;
                } else {
                    double[] vector = checked(rows[row].vectors().get(-1 - tokens[i]));
                    System.arraycopy(vector, 0, vectors, slot * d.inputSize(), vector.length);
                    isVector[slot] = 1;
                    anyVector = true;
                }
            }
        }
        Shape slotShape = new Shape(rows.length, length, 1);
        NDArray embedded = lookedUp(
                batch.create(ids, new Shape(rows.length, length)),
                parameters.get(layout.embedding()),
                batch.create(isToken, slotShape));
        if (layout.embeddingScale() != 1) {
            embedded = Activations.scaled(embedded, layout.embeddingScale());
        }
        if (!anyVector) {
            return embedded;
        }
        NDArray read = Linear.linear(
                        batch.create(vectors, new Shape(rows.length, length, d.inputSize()))
                                .toType(type, false),
                        parameters.get(Architecture.VECTOR_INPUTS),
                        null)
                .singletonOrThrow();
        NDArray chosen = batch.create(isVector, slotShape).gt(0).broadcast(read.getShape());
        return NDArrays.where(chosen, read, embedded);
    }

    /** The embeddings of the slots' absolute positions [B, T, D]; zero in empty slots. */
    private NDArray positions(NDManager batch, SlotLayout slots, LearnedPositions learned, Parameters before) {
        int length = slots.length();
        long[] ids = new long[slots.rows() * length];
        NDArray given = before.find(learned.taken());
        double[] taken = given == null ? new double[1] : Doubles.of(given);
        for (int row = 0; row < slots.rows(); row++) {
            long first = Math.round(taken[taken.length == 1 ? 0 : row]);
            for (int slot : slots.tokenSlots(row)) {
                ids[row * length + slot] = checked(first + slots.position(row, slot), learned);
            }
        }
        return lookedUp(
                batch.create(ids, new Shape(slots.rows(), length)), parameters.get(learned.table()), slots.occupied());
    }

    /**
     * The rows of {@code table} [n, D] that {@code ids} [B, T] name where {@code present} [B, T, 1] is 1, else zeros.
     * Chosen, not multiplied: an empty slot looks up row 0, which may be anything, NaN included.
     */
    private static NDArray lookedUp(NDArray ids, NDArray table, NDArray present) {
        NDArray looked = Embedding.embedding(ids, table, SparseFormat.DENSE).singletonOrThrow();
        return NDArrays.where(present.gt(0).broadcast(looked.getShape()), looked, looked.zerosLike());
    }

    private static long checked(long position, LearnedPositions learned) {
        if (position < 0 || position >= learned.count()) {
            throw new ModelException("position: expected one of the model's " + learned.count()
                    + " learned positions, counted from 0, found " + position + "; shorten context or query");
        }
        return position;
    }

    private int checked(int token) {
        int vocabulary = layout.dimensions().vocabulary();
        if (token >= vocabulary) {
            throw new ModelException("token id: expected one of the model's " + vocabulary + ", found " + token);
        }
        return token;
    }

    private double[] checked(double[] vector) {
        int size = layout.dimensions().inputSize();
        if (vector.length != size) {
            throw new ModelException("vector: expected " + size + " numbers, found " + vector.length);
        }
        return vector;
    }
}
