package org.iclsweep.model.layout;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RotationTest {
    private static final int FEATURES = 16;
    private static final double THETA = 10_000;

    private static NDArray turned(NDManager manager, NDArray x, int position) {
        return Rotation.of(manager, new int[][] {{position}}, Rotary.of(FEATURES, THETA), DataType.FLOAT64)
                .rotate(x);
    }

    @ParameterizedTest(name = "{0} tokens on")
    @ValueSource(ints = {0, 5, 4_201, 100_003})
    void whatTwoTokensShareDependsOnTheirDistanceAloneHoweverFarOnTheyStand(int on) {
        Random random = new Random(on);
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] values = random.doubles(2L * FEATURES, -1, 1).toArray();
            NDArray both = manager.create(values, new Shape(2, 1, 1, FEATURES));
            NDArray query = both.get("0:1");
            NDArray key = both.get("1:2");
            double near =
                    turned(manager, query, 7).mul(turned(manager, key, 3)).sum().getDouble();
            double far = turned(manager, query, on + 7)
                    .mul(turned(manager, key, on + 3))
                    .sum()
                    .getDouble();
            assertThat(Math.abs(far - near)).isLessThan(4e-15);
        }
    }
}
