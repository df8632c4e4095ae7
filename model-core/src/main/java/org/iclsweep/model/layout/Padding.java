package org.iclsweep.model.layout;

/**
 * The lengths that batches are padded to. In float32 the bits of a result depend on the shape of its batch; with
 * lengths on a ladder a batch's shape depends on few lengths, and a trial's on its own.
 */
public enum Padding {
    /** To the longest of the batch. */
    LONGEST(1),
    /** To the next rung of a ladder of ratio 1.125. */
    LADDER(1.125),
    /** To the next rung of one of ratio 1.5, where few lengths matter more than few empty slots. */
    COARSE(1.5);

    private final double ratio;

    Padding(double ratio) {
        this.ratio = ratio;
    }

    /** The padded length of {@code length}. */
    public int of(int length) {
        if (this == LONGEST || length <= 8) {
            return length;
        }
        int rung = 8;
        while (rung < length) {
            rung = Math.max(rung + 1, (int) Math.ceil(rung * ratio));
        }
        return rung;
    }
}
