package org.iclsweep.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arrays that share no memory with those that they are made of. */
class OwnedArraysTest {
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void aCopyKeepsItsNumbersWhenTheArrayThatItWasMadeOfChanges(DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(new double[] {1, 2, 3}, new Shape(3));
            NDArray copy = OwnedArrays.copy(array, type);
            array.muli(5);
            assertThat(Doubles.of(copy)).containsExactly(1, 2, 3);
        }
    }

    /** The engine's own conversion shares: with this test it is seen when that changes, and when the room can go. */
    @Test
    void aConversionToTheTypeThatAnArrayHasSharesTheMemoryOfJava() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ByteBuffer java = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
            java.putDouble(0, 1);
            NDArray shared = manager.create(java, new Shape(1), DataType.FLOAT64);
            NDArray converted = shared.toType(DataType.FLOAT64, true);
            NDArray owned = OwnedArrays.copy(shared, DataType.FLOAT64);
            java.putDouble(0, 7);
            assertThat(converted.getDouble()).isEqualTo(7);
            assertThat(owned.getDouble()).isEqualTo(1);
        }
    }
}
