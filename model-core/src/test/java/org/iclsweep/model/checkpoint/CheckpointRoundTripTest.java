package org.iclsweep.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.Models;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints are read as they were written. */
class CheckpointRoundTripTest {
    @TempDir
    Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void tensorsOfAnyShapeAndTypeComeBackAsTheirRoundedValues(int seed) {
        Random random = new Random(seed);
        List<StoredType> types = List.of(StoredType.values());
        Map<String, double[]> expected = new LinkedHashMap<>();
        List<TensorEntry> entries = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            StoredType type = types.get(random.nextInt(types.size()));
            long[] shape = random.ints(random.nextInt(5), 0, 5).asLongStream().toArray();
            double[] values = values(random, type, (int) new Shape(shape).size());
            String name = "tensor." + i + (i == 0 ? " mit ümläut \"quoted\" \n 漢字 🙂" : "");
            expected.put(name, values);
            entries.add(TensorEntry.of(name, type, shape, values));
        }
        Path file = directory.resolve("t.safetensors");
        SafetensorsWriter.write(file, entries, Map.of("seed", "" + seed));

        SafetensorsReader reader = SafetensorsReader.open(file);
        assertThat(reader.metadata()).containsExactly(Map.entry("seed", "" + seed));
        assertThat(reader.names()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        for (TensorEntry entry : entries) {
            assertThat(reader.shape(entry.name())).isEqualTo(entry.shape());
            assertThat(reader.storedType(entry.name())).isEqualTo(entry.type());
            double[] rounded = Arrays.stream(expected.get(entry.name()))
                    .map(v -> rounded(entry.type(), v))
                    .toArray();
            assertThat(Models.doubles(reader, entry.name())).isEqualTo(rounded);
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray wide = reader.read(manager, entry.name(), DataType.FLOAT64);
                assertThat(wide.getShape()).isEqualTo(new Shape(entry.shape()));
                assertThat(wide.toDoubleArray()).isEqualTo(rounded);
                NDArray narrow = reader.read(manager, entry.name(), DataType.FLOAT32);
                assertThat(narrow.getShape()).isEqualTo(new Shape(entry.shape()));
                float[] floats = narrow.toFloatArray();
                assertThat(IntStream.range(0, floats.length).mapToDouble(i -> floats[i]))
                        .containsExactly(Arrays.stream(rounded)
                                .mapToObj(v -> (double) (float) v)
                                .toArray(Double[]::new));
            }
        }
    }

    private static double[] values(Random random, StoredType type, int count) {
        return switch (type) {
            case F64, F32, F16, BF16 -> random.doubles(count, -70_000, 70_000).toArray();
            case I64 ->
                random.longs(count, -1L << 53, 1L << 53).asDoubleStream().toArray();
            case I32 -> random.ints(count).asDoubleStream().toArray();
            case I16 -> random.ints(count, -32768, 32768).asDoubleStream().toArray();
            case I8 -> random.ints(count, -128, 128).asDoubleStream().toArray();
            case U8 -> random.ints(count, 0, 256).asDoubleStream().toArray();
            case BOOL -> random.ints(count, 0, 2).asDoubleStream().toArray();
        };
    }

    private static double rounded(StoredType type, double value) {
        return switch (type) {
            case F32 -> (float) value;
            case F16 -> SmallFloat.HALF.decode(SmallFloat.HALF.encode(value));
            case BF16 -> SmallFloat.BFLOAT16.decode(SmallFloat.BFLOAT16.encode(value));
            default -> value;
        };
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = StoredType.class,
            names = {"F64", "F32", "F16", "BF16"})
    void tensorsLongerThanABlockComeBackWhole(StoredType type) {
        int length = 2 * TensorBlocks.BLOCK + 17;
        double[] values = new double[length];
        float[] floats = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i % 251 - 125;
            floats[i] = (float) values[i];
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            Path file = directory.resolve("long.safetensors");
            NDArray array = manager.create(floats, new Shape(length));
            SafetensorsWriter.write(
                    file,
                    List.of(
                            TensorEntry.of("from numbers", type, new long[] {length}, values),
                            TensorEntry.of("from array", type, array)),
                    Map.of());
            SafetensorsReader reader = SafetensorsReader.open(file);
            for (String name : reader.names()) {
                assertThat(reader.read(manager, name, DataType.FLOAT32).toFloatArray())
                        .isEqualTo(floats);
                assertThat(reader.read(manager, name, DataType.FLOAT64)
                                .contentEquals(array.toType(DataType.FLOAT64, true)))
                        .isTrue();
            }
        }
    }

    @Test
    void aReadTensorBelongsToTheManagerThatAskedForIt() {
        Path file = directory.resolve("t.safetensors");
        SafetensorsWriter.write(
                file, List.of(TensorEntry.of("w", StoredType.F32, new long[] {2}, new double[] {1, 2})), Map.of());
        try (NDManager outer = NDManager.newBaseManager()) {
            int before = outer.getManagedArrays().size();
            NDArray read = SafetensorsReader.open(file).read(outer, "w", DataType.FLOAT64);
            assertThat(read.getManager()).isSameAs(outer);
            assertThat(outer.getManagedArrays()).hasSize(before + 1);
        }
    }

    @Test
    void aCheckpointIsWrittenWithItsTokenizerAndCopiedByteForByte() throws IOException {
        Path tokenizer = Files.writeString(directory.resolve("tokenizer.json"), "{}");
        ObjectNode config = new ObjectMapper().createObjectNode().put("model_type", "linear_llama");
        Map<String, MemoryWeights.Tensor> made = Map.of(
                "a",
                new MemoryWeights.Tensor(
                        StoredType.F64, new long[] {2, 3}, (manager, type) -> manager.ones(new Shape(2, 3), type)));
        Path first = directory.resolve("new/first");
        CheckpointWriter.write(
                first,
                config,
                List.of(
                        TensorEntry.of("a", StoredType.BF16, new MemoryWeights(made), "a"),
                        TensorEntry.of("b", StoredType.F16, new long[0], new double[] {0.1})),
                List.of(tokenizer));
        Checkpoint checkpoint = Checkpoint.open(first);
        assertThat(checkpoint.modelType()).isEqualTo("linear_llama");
        assertThat(checkpoint.config()).isEqualTo(config);
        assertThat(checkpoint.tokenizerFiles()).containsExactly(first.resolve("tokenizer.json"));

        Path second = directory.resolve("second");
        CheckpointWriter.write(
                second,
                checkpoint.config(),
                checkpoint.names().stream()
                        .map(name -> TensorEntry.copyOf(checkpoint, name))
                        .toList(),
                checkpoint.tokenizerFiles());
        Checkpoint copy = Checkpoint.open(second);
        for (String name : checkpoint.names()) {
            assertThat(copy.storedType(name)).isEqualTo(checkpoint.storedType(name));
            assertThat(bytes(copy, name)).isEqualTo(bytes(checkpoint, name));
        }
        assertThat(copy.sha256()).isEqualTo(checkpoint.sha256()).hasSize(64);
        try (var files = Files.list(directory.resolve("new"))) {
            assertThat(files).containsExactly(first);
        }
    }

    private static byte[] bytes(Checkpoint checkpoint, String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        checkpoint.stored().copyTo(name, Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    @Test
    void theDigestTellsApartWhatAnswersDifferently() {
        ObjectNode config = new ObjectMapper().createObjectNode().put("model_type", "linear_llama");
        List<String> digests = new ArrayList<>();
        for (double value : new double[] {1, 2}) {
            for (String type : List.of("a", "b")) {
                Path path = directory.resolve(type + value);
                CheckpointWriter.write(
                        path,
                        config.put("model_type", type),
                        List.of(TensorEntry.of("w", StoredType.F64, new long[] {1}, new double[] {value})),
                        List.of());
                digests.add(Checkpoint.open(path).sha256());
            }
        }
        assertThat(digests).doesNotHaveDuplicates();
    }

    @Test
    void anExistingDirectoryIsNotOverwritten() throws IOException {
        Path existing = Files.createDirectory(directory.resolve("existing"));
        ObjectNode config = new ObjectMapper().createObjectNode().put("model_type", "linear_llama");
        assertThatThrownBy(() -> CheckpointWriter.write(existing, config, List.of(), List.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("exists already");
    }

    @Test
    void aFailedWriteLeavesNothingBehind() throws IOException {
        ObjectNode config = new ObjectMapper().createObjectNode().put("model_type", "linear_llama");
        List<TensorEntry> short1 = List.of(new TensorEntry("w", StoredType.F64, new long[] {3}, channel -> {}));
        assertThatThrownBy(() -> CheckpointWriter.write(directory.resolve("out"), config, short1, List.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("'w' wrote 0 bytes, expected 24");
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void twoTensorsOfOneNameAreNotWritten() {
        TensorEntry entry = TensorEntry.of("w", StoredType.F64, new long[0], new double[] {1});
        assertThatThrownBy(() -> SafetensorsWriter.write(directory.resolve("f"), List.of(entry, entry), Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("two tensors 'w'");
    }
}
