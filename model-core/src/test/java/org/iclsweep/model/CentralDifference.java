package org.iclsweep.model;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/** A derivative without calculus, for tests of the engine's. */
public final class CentralDifference {
    private CentralDifference() {}

    /**
     * The derivative of {@code loss} by one entry of {@code tensor}.
     *
     * @param tensor that {@code loss} depends on; afterwards as before
     * @param values its entries, w
     * @param index of the entry that is moved
     * @param step h
     */
    public static double of(NDArray tensor, double[] values, int index, double step, DoubleSupplier loss) {
        double[] direction = new double[values.length];
        direction[index] = 1;
        return along(tensor, direction, step, loss);
    }

    /**
     * (L(w + h d) − L(w − h d)) / 2h.
     *
     * @param tensor that {@code loss} depends on, w; afterwards as before
     * @param direction d
     * @param step h
     */
    public static double along(NDArray tensor, double[] direction, double step, DoubleSupplier loss) {
        double[] values = tensor.toDoubleArray();
        double difference =
                moved(tensor, values, direction, step, loss) - moved(tensor, values, direction, -step, loss);
        tensor.set(values);
        return difference / (2 * step);
    }

    private static double moved(NDArray tensor, double[] values, double[] direction, double by, DoubleSupplier loss) {
        double[] other = values.clone();
        Arrays.setAll(other, i -> values[i] + by * direction[i]);
        tensor.set(other);
        return loss.getAsDouble();
    }
}
