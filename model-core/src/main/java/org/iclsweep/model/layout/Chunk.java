package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.tensor.Heads;

/** A stretch of slots [from, to) that is computed at once; {@code capture} when a segment ends with it. */
public record Chunk(int from, int to, boolean capture) {
    public int size() {
        return to - from;
    }

    /** This chunk's part of {@code x} [B, H, T, ...]. */
    public NDArray part(NDArray x) {
        return Heads.part(x, 2, from, to);
    }

    /** Chunks of one size, one after another, computed together but for the state; one of size 0 is a run by itself. */
    public record Run(List<Chunk> chunks) {
        /** This run's part of {@code x} [B, H, T, ...] as [B, H, chunks, size, ...]. */
        public NDArray part(NDArray x) {
            int from = chunks.get(0).from();
            int to = chunks.get(chunks.size() - 1).to();
            long[] shape = x.getShape().getShape();
            long[] cut = new long[shape.length + 1];
            System.arraycopy(shape, 0, cut, 0, 2);
            cut[2] = chunks.size();
            cut[3] = chunks.get(0).size();
            System.arraycopy(shape, 3, cut, 4, shape.length - 3);
            return Heads.part(x, 2, from, to).reshape(cut);
        }
    }
}
