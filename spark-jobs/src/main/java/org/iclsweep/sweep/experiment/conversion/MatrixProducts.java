package org.iclsweep.sweep.experiment.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** The rate of matrix products on this machine. */
final class MatrixProducts {
    private static final int SIZE = 512;
    private static final int REPEATS = 20;

    private MatrixProducts() {}

    /** The FLOP/s of one thread in a product of two float32 matrices. */
    static double flopsPerSecond() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray a = manager.ones(new Shape(SIZE, SIZE), DataType.FLOAT32);
            a.matMul(a).close();
            long began = System.nanoTime();
            for (int i = 0; i < REPEATS; i++) {
                try (NDArray product = a.matMul(a)) {
                    product.getFloat(0, 0); // waits until it is there
                }
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            return 2.0 * REPEATS * Math.pow(SIZE, 3) / seconds;
        }
    }
}
