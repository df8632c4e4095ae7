package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.iclsweep.model.decoder.LanguageModel;

/**
 * The head, a block of positions and of the vocabulary at a time: no array of [N, V] is made, and memory does not grow
 * with either.
 *
 * @param height the positions of a block, all but the last
 * @param width the tokens of a block, all but the last
 */
record HeadBlocks(LanguageModel model, int height, int width) {
    /** Bytes of a block of logits; about ten of its size are there at once. */
    private static final int BYTES = 4 << 20;
    /** The same where a block has to keep a GPU busy. */
    private static final int GPU_BYTES = 64 << 20;
    /** The least positions, so that a product is worth reading the weights for. */
    private static final int LEAST = 128;

    /**
     * Blocks whose shape is a function of the model and its device alone: of the whole vocabulary where it is small.
     */
    static HeadBlocks of(LanguageModel model, NDArray hidden) {
        return ofRows(model, hidden, Math.max(LEAST, scalars(hidden) / model.outputs()));
    }

    /** Blocks of so many positions. */
    static HeadBlocks ofRows(LanguageModel model, NDArray hidden, int height) {
        return new HeadBlocks(model, height, Math.min(model.outputs(), Math.max(1, scalars(hidden) / height)));
    }

    private static int scalars(NDArray hidden) {
        return (hidden.getDevice().isGpu() ? GPU_BYTES : BYTES)
                / hidden.getDataType().getNumOfBytes();
    }

    /** A reader of the logits [t, w] of several runs, of the positions and of the tokens from these on. */
    interface Reader {
        void read(List<NDArray> logits, int position, int token);
    }

    /** Shows every block of the logits of {@code runs}, each last hidden states [N, D]. */
    void forEach(List<NDArray> runs, Reader reader) {
        int positions = (int) runs.get(0).getShape().get(0);
        try (NDManager head = runs.get(0).getManager().newSubManager()) {
            List<NDArray> inputs =
                    runs.stream().map(run -> owned(model.beforeHead(run), head)).toList();
            for (int token = 0; token < model.outputs(); token += width) {
                int end = Math.min(model.outputs(), token + width);
                for (int from = 0; from < positions; from += height) {
                    String rows = from + ":" + Math.min(positions, from + height);
                    try (NDManager block = head.newSubManager()) {
                        int first = token;
                        List<NDArray> logits = inputs.stream()
                                .map(input -> model.logits(owned(input.get(rows), block), first, end))
                                .toList();
                        reader.read(logits, from, token);
                    }
                }
            }
        }
    }

    private static NDArray owned(NDArray array, NDManager manager) {
        array.attach(manager);
        return array;
    }
}
