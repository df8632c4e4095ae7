package org.iclsweep.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.AdamW;
import ai.djl.training.tracker.Tracker;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.iclsweep.model.tensor.AdamMoments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reasons of docs/decisions/own-implementations.md that can be run: a failure is a reason that is void. */
class OwnImplementationsTest {
    @Test
    void djlsAdamWRoundsItsCoefficientsToFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] moved = afterSteps(manager.create(new double[] {1}), manager.create(new double[] {0.3}), 0.1f, 3);
            assertThat(Math.abs(moved[0] - moved[1])).isBetween(1e-9, 1e-8);
        }
    }

    @Test
    void djlsAdamWPutsEpsilonElsewhereThanPyTorch() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] moved = afterSteps(manager.create(new double[] {1}), manager.create(new double[] {1e-8}), 0, 1);
            assertThat(1 - moved[0]).isBetween(3.0e-5, 3.1e-5);
            assertThat(1 - moved[1]).isBetween(4.99e-4, 5.01e-4);
        }
    }

    /** The weight after {@code steps} with η = 10⁻³: DJL's, and ours. */
    private static double[] afterSteps(NDArray weight, NDArray gradient, float decay, int steps) {
        NDManager manager = weight.getManager();
        NDArray own = weight.duplicate();
        AdamMoments moments = new AdamMoments(0.9, 0.999, 1e-8, Map.of("w", own), manager);
        AdamW djl = AdamW.builder()
                .optLearningRateTracker(Tracker.fixed(1e-3f))
                .optWeightDecays(decay)
                .build();
        for (int step = 1; step <= steps; step++) {
            djl.update("w", weight, gradient);
            moments.update("w", own, gradient.duplicate(), step, 1e-3, decay == 0 ? 0 : 0.1);
        }
        return new double[] {weight.toDoubleArray()[0], own.toDoubleArray()[0]};
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[8,12]}}",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}"
            })
    void djlReadsSafetensorsWithHolesOverlapsDuplicatesAndTrailingBytes(String header) {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(Long.BYTES + json.length + 12).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json);
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(NDList.decode(manager, file.array())).isNotEmpty();
        }
    }
}
