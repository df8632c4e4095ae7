package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;

/**
 * Powers of sums of log decays. After a long time 0 is left and no subnormal number: a matrix product in which some in
 * a hundred numbers are subnormal takes ten times as long.
 */
public final class Decays {
    /** Far from the least normal number, so that products with keys and values are normal, too. */
    private static final double LEAST_OF_FLOAT32 = 0x1p-102;

    private static final double LEAST_OF_FLOAT64 = 0x1p-960;

    private Decays() {}

    /** eˣ in {@code type}; 0 where it is below 2⁻¹⁰², in float64 2⁻⁹⁶⁰, which is taken off everywhere. */
    public static NDArray power(NDArray x, DataType type) {
        NDArray power = x.exp().toType(type, false);
        double least = type == DataType.FLOAT64 ? LEAST_OF_FLOAT64 : LEAST_OF_FLOAT32;
        return Activation.relu(
                power.sub(OwnedArrays.of(power.getManager(), new double[] {least}, new Shape(1), power.getDataType())));
    }
}
