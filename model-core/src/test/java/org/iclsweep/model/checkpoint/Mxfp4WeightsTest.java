package org.iclsweep.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.iclsweep.model.checkpoint.MemoryWeights.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights in MXFP4 against the format's own sentences, in plain loops; transformers' decoding is a fixture's. */
class Mxfp4WeightsTest {
    private static final int EXPERTS = 2;
    private static final int OUTPUTS = 3;
    private static final int GROUPS = 4;

    private static Weights stored(double[] blocks, double[] scales, long... shapeOfScales) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("w_blocks", tensor(StoredType.U8, blocks, EXPERTS, OUTPUTS, GROUPS, 16));
        tensors.put("w_scales", tensor(StoredType.U8, scales, shapeOfScales));
        tensors.put("plain", tensor(StoredType.F32, new double[] {1.5}, 1));
        return new MemoryWeights(tensors);
    }

    private static Tensor tensor(StoredType type, double[] values, long... shape) {
        return new Tensor(
                type,
                shape,
                (manager, real) -> manager.create(values, new Shape(shape)).toType(real, true));
    }

    /** Sign, two bits of exponent with a bias of 1, one bit of fraction; without an exponent half the fraction. */
    private static double e2m1(int bits) {
        int exponent = (bits >> 1) & 3;
        int fraction = bits & 1;
        double magnitude = exponent == 0 ? fraction / 2.0 : (1 + fraction / 2.0) * Math.pow(2, exponent - 1);
        return bits >> 3 == 1 ? -magnitude : magnitude;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void everyByteIsTwoNumbersOfAnInputTimesThePowerOfItsBlock(DataType type) {
        Random random = new Random(1);
        double[] blocks = new double[EXPERTS * OUTPUTS * GROUPS * 16];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = i % 256;
        }
        double[] scales =
                random.ints(EXPERTS * OUTPUTS * GROUPS, 3, 250).asDoubleStream().toArray();
        Weights weights = new Mxfp4Weights(stored(blocks, scales, EXPERTS, OUTPUTS, GROUPS));
        assertThat(weights.names()).containsExactlyInAnyOrder("w", "plain");
        assertThat(weights.shape("w")).containsExactly(EXPERTS, GROUPS * 32, OUTPUTS);
        assertThat(weights.storedType("w").isFloatingPoint()).isTrue();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray read = weights.read(manager, "w", type);
            assertThat(read.getDataType()).isEqualTo(type);
            double[] found = read.toType(DataType.FLOAT64, true).toDoubleArray();
            for (int expert = 0; expert < EXPERTS; expert++) {
                for (int output = 0; output < OUTPUTS; output++) {
                    for (int input = 0; input < GROUPS * 32; input++) {
                        int block = (expert * OUTPUTS + output) * GROUPS + input / 32;
                        int bits = ((int) blocks[block * 16 + input % 32 / 2] >> (4 * (input % 2))) & 15;
                        double expected = e2m1(bits) * Math.pow(2, scales[block] - 127);
                        assertThat(found[(expert * GROUPS * 32 + input) * OUTPUTS + output])
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void blocksWithoutAScaleEachAreRefusedByName() {
        double[] blocks = new double[EXPERTS * OUTPUTS * GROUPS * 16];
        assertThatThrownBy(() -> new Mxfp4Weights(stored(blocks, new double[EXPERTS * OUTPUTS], EXPERTS, OUTPUTS)))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("w_blocks: expected bytes [E, outputs, G, 16] beside w_scales [E, outputs, G], found U8"
                        + " (2, 3, 4, 16) beside U8 (2, 3)");
    }

    @Test
    void otherTensorsAreReadAsTheyAre() {
        double[] blocks = new double[EXPERTS * OUTPUTS * GROUPS * 16];
        double[] scales = new double[EXPERTS * OUTPUTS * GROUPS];
        Weights weights = new Mxfp4Weights(stored(blocks, scales, EXPERTS, OUTPUTS, GROUPS));
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(weights.read(manager, "plain", DataType.FLOAT64).toDoubleArray())
                    .containsExactly(1.5);
            // Two powers of two below the smallest float, times zero.
            assertThat(weights.read(manager, "w", DataType.FLOAT32).toFloatArray())
                    .containsOnly(0);
        }
    }
}
