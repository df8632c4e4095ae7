package org.iclsweep.datasets.demonstration;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Immutable float64 numbers: copied in and out, equal by class and content. */
abstract sealed class Numbers permits Input.Vector, Answer.Value {
    private final double[] values;

    Numbers(double[] values) {
        this.values = values.clone();
    }

    public final double[] values() {
        return values.clone();
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof Numbers that && getClass() == that.getClass() && Arrays.equals(values, that.values);
    }

    @Override
    public final int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + Arrays.toString(values);
    }
}
