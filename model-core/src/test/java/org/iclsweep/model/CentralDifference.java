package org.iclsweep.model;

import ai.djl.ndarray.NDArray;
import java.util.function.DoubleSupplier;

/** A derivative without calculus, for tests of the engine's. */
public final class CentralDifference {
    private CentralDifference() {}

    /**
     * (L(w + h) − L(w − h)) / 2h.
     *
     * @param tensor that {@code loss} depends on; afterwards as before
     * @param values w, what stands in it
     * @param index of the entry that is moved
     * @param step h
     */
    public static double of(NDArray tensor, double[] values, int index, double step, DoubleSupplier loss) {
        return (moved(tensor, values, index, step, loss) - moved(tensor, values, index, -step, loss)) / (2 * step);
    }

    private static double moved(NDArray tensor, double[] values, int index, double by, DoubleSupplier loss) {
        double[] other = values.clone();
        other[index] += by;
        tensor.set(other);
        double moved = loss.getAsDouble();
        tensor.set(values);
        return moved;
    }
}
