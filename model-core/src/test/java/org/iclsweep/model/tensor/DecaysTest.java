package org.iclsweep.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import org.junit.jupiter.api.Test;

class DecaysTest {
    @Test
    void nothingThatIsLeftIsSubnormal() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray exponents = manager.arange(0, -110, -0.25f, DataType.FLOAT64);
            float[] single = Decays.power(exponents, DataType.FLOAT32).toFloatArray();
            double[] twice = Decays.power(exponents.mul(7), DataType.FLOAT64).toDoubleArray();
            for (int i = 0; i < single.length; i++) {
                assertThat(single[i] == 0 || single[i] > 1e6 * Float.MIN_NORMAL).isTrue();
                assertThat(twice[i] == 0 || twice[i] > 1e6 * Double.MIN_NORMAL).isTrue();
            }
            assertThat(single[single.length - 1]).isZero();
            assertThat(twice[twice.length - 1]).isZero();
        }
    }

    @Test
    void whatASumWouldShowIsThePowerToItsLastBit() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray exponents = manager.arange(0, -50, -0.25f, DataType.FLOAT64);
            assertThat(Decays.power(exponents, DataType.FLOAT32).toFloatArray())
                    .isEqualTo(exponents.exp().toType(DataType.FLOAT32, false).toFloatArray());
            assertThat(Decays.power(exponents.mul(10), DataType.FLOAT64).toDoubleArray())
                    .isEqualTo(exponents.mul(10).exp().toDoubleArray());
        }
    }
}
