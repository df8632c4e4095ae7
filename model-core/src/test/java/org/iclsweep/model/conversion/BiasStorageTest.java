package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Stored biases as they are read back, and their bytes. */
class BiasStorageTest {
    private static final int ROWS = 3;
    private static final int ROW = 5;

    @TempDir
    private Path directory;

    /** Two contexts' tensor [2, 3, 5], whose rows differ in size. */
    private static final StateLayout LAYOUT = StateLayout.of(
            Map.of("", List.of(StateTensor.keyValueSum(1, ROWS, ROW), StateTensor.normalizerSum(1, ROW))));

    private static double[] values() {
        Random random = new Random(7);
        double[] values = new double[2 * ROWS * ROW];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextGaussian() * Math.pow(10, i / ROW - 2.0);
        }
        return values;
    }

    private static double[] rounded(BiasStorage storage, double[] values, DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray tensor = manager.create(values, new Shape(2, ROWS, ROW)).toType(type, false);
            ContextState read = storage.rounded(new ContextState(LAYOUT, Map.of("b_kv", tensor)), manager);
            NDArray result = read.tensors().get("b_kv");
            assertThat(result.getDataType()).isEqualTo(type);
            return result.toType(DataType.FLOAT64, false).toDoubleArray();
        }
    }

    @ParameterizedTest(name = "{0}: relative error up to 2^{1}")
    @CsvSource({"FLOAT64, -1074", "FLOAT32, -24", "BFLOAT16, -8", "FLOAT16, -11"})
    void everyValueIsReadAsTheNearestOfItsType(BiasStorage storage, int exponent) {
        double[] values = values();
        double[] read = rounded(storage, values, DataType.FLOAT64);
        for (int i = 0; i < values.length; i++) {
            // Half of the last place of a significand of 24, 8 and 11 bits; a little more for the division.
            assertThat(Math.abs(read[i] - values[i]) / Math.abs(values[i]))
                    .isLessThanOrEqualTo(Math.scalb(1.0, exponent) * (1 + 1e-12));
        }
    }

    @Test
    void int8IsOffByHalfAStepOfItsRowAtMost() {
        double[] values = values();
        double[] read = rounded(BiasStorage.INT8, values, DataType.FLOAT64);
        for (int row = 0; row < 2 * ROWS; row++) {
            double largest = 0;
            for (int i = row * ROW; i < (row + 1) * ROW; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            double error = 0;
            for (int i = row * ROW; i < (row + 1) * ROW; i++) {
                error = Math.max(error, Math.abs(read[i] - values[i]));
            }
            // The scale is rounded to float32, which moves the 127th step by as much as 127 · 2⁻²⁴ of a step.
            assertThat(error).isBetween(largest / 127 * 1e-3, largest / 127 * (0.5 + 1e-5));
        }
    }

    @ParameterizedTest
    @EnumSource(BiasStorage.class)
    void whatWasStoredOnceIsReadTheSameAgain(BiasStorage storage) {
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
            double[] once = rounded(storage, values(), type);
            double[] twice = rounded(storage, once, type);
            for (int i = 0; i < once.length; i++) {
                // A row's int8 scale is made anew from values that are products of whole numbers and the first one.
                double slack = storage == BiasStorage.INT8 ? 1e-6 * Math.abs(once[i]) : 0;
                assertThat(Math.abs(twice[i] - once[i])).isLessThanOrEqualTo(slack);
            }
        }
    }

    @Test
    void rowsOfZerosStayZeroAndWhatIsNoNumberStaysSo() {
        double[] values = new double[2 * ROWS * ROW];
        values[7] = Double.NaN;
        values[12] = Double.POSITIVE_INFINITY;
        for (BiasStorage storage : BiasStorage.values()) {
            double[] read = rounded(storage, values, DataType.FLOAT64);
            assertThat(read[0]).isZero();
            assertThat(read[7]).isNaN();
            assertThat(Double.isFinite(read[12])).as("%s of infinity", storage).isFalse();
        }
    }

    @ParameterizedTest(name = "{0}: {1} bytes")
    @CsvSource({"FLOAT64, 160", "FLOAT32, 80", "BFLOAT16, 40", "FLOAT16, 40", "INT8, 36"})
    void bytesAreThoseOfOneContextScalesIncluded(BiasStorage storage, long bytes) {
        try (NDManager manager = NDManager.newBaseManager()) {
            // Per context 15 values in 3 rows and 5 in one.
            ContextState state = new ContextState(
                    LAYOUT,
                    Map.of("b_kv", manager.zeros(new Shape(2, ROWS, ROW)), "b_d", manager.zeros(new Shape(2, ROW))));
            assertThat(storage.bytes(state.tensorsOf(0))).isEqualTo(bytes);
        }
    }

    @ParameterizedTest(name = "{0} as {1}")
    @CsvSource({"BFLOAT16, BF16", "FLOAT16, F16", "FLOAT32, F32", "FLOAT64, F64"})
    void whatIsMeasuredIsWhatAConvertedCheckpointHolds(BiasStorage storage, StoredType type) {
        ObjectNode config = Models.linearLlama(16, 2).put("conv_size", 3);
        RandomWeights weights = new RandomWeights(config, 4);
        try (LanguageModel model = LanguageModel.load(config, weights, DataType.FLOAT64, Device.cpu());
                NDManager batch = model.newBatch()) {
            Models.write(directory.resolve("model"), config, weights);
            List<List<TokenSequence>> context = List.of(List.of(Models.tokens(new Random(5), 30)));
            ConvertedModels exact = new ExactConversion()
                    .convert(model, batch, context, Padding.LONGEST)
                    .get(0);
            ConvertedModels stored = new ExactConversion(Optional.of(storage))
                    .convert(model, batch, context, Padding.LONGEST)
                    .get(0);
            Path out = directory.resolve("converted");
            ConvertedCheckpoint.write(
                    Checkpoint.open(directory.resolve("model")), exact.state(), type, ReadBefore.NOTHING, out);
            Checkpoint checkpoint = Checkpoint.open(out);
            stored.state().tensors().forEach((name, tensor) -> {
                double[] read = checkpoint.read(batch, name, DataType.FLOAT64).toDoubleArray();
                assertThat(tensor.toDoubleArray()).as(name).isEqualTo(read);
            });
            assertThat(stored.sizes().get(0).bytes())
                    .isEqualTo(stored.sizes().get(0).parameters() * type.bytes());
        }
    }

    @Test
    void aTypeThatIsNotKnownIsSaid() {
        assertThatThrownBy(() -> ConversionMethods.of("iclca", Map.of("storage", "float8")))
                .hasMessageContaining("float8")
                .hasMessageContaining("bfloat16");
    }
}
