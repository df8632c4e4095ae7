package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The numbers of an array as float64 in Java's memory. */
public final class Doubles {
    private Doubles() {}

    /** All numbers of {@code array}, row by row. */
    public static double[] of(NDArray array) {
        if (array.getDataType() == DataType.FLOAT64) {
            return array.toDoubleArray();
        }
        try (NDArray exact = array.toType(DataType.FLOAT64, true)) {
            return exact.toDoubleArray();
        }
    }

    /** The only number of {@code scalar}. */
    public static double scalar(NDArray scalar) {
        return of(scalar)[0];
    }

    /** The rows along the last axis of {@code array} [..., n], [rows][n]. */
    public static double[][] rows(NDArray array) {
        int last = array.getShape().dimension() - 1;
        int columns = (int) array.getShape().get(last);
        double[] flat = of(array);
        return IntStream.range(0, (int) array.getShape().slice(0, last).size())
                .mapToObj(row -> Arrays.copyOfRange(flat, row * columns, (row + 1) * columns))
                .toArray(double[][]::new);
    }
}
