package org.iclsweep.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.fuzz.Fuzz;
import org.iclsweep.model.Models;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that are damaged: their tensors, or a {@link CheckpointException}, and nothing else. */
@Tag("faults")
class CheckpointFuzzTest {
    /** A file of a few hundred bytes, its header twice, and the block that tensors are read by. */
    private static final long MOST_BYTES = 2 << 20;

    private static final Fuzz FUZZ =
            new Fuzz("{}[]\",:0123456789eE.-+\\ \u0000\u007fFUB", CheckpointException.class, MOST_BYTES);

    @TempDir
    private Path directory;

    private byte[] weights = new byte[0];

    @BeforeEach
    void aSoundCheckpoint() throws IOException {
        Path file = directory.resolve("model.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        TensorEntry.of("model.embed", StoredType.F32, new long[] {4, 3}, new double[12]),
                        TensorEntry.of("model.norm", StoredType.BF16, new long[] {3}, new double[3]),
                        TensorEntry.of("scale", StoredType.F64, new long[0], new double[1]),
                        TensorEntry.of("mask", StoredType.BOOL, new long[] {2, 0}, new double[0])),
                Map.of("format", "pt"));
        weights = Files.readAllBytes(file);
        Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"linear_llama\"}");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 1)
    void weightsAreReadOrRefused(long seed) {
        FUZZ.everyInputIsReadOrRefused(seed, Fuzz.INPUTS, List.of(weights), this::readAll);
    }

    /** Damage that reaches the parser and the checks of shapes and offsets, which a wrong length would stop before. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 2)
    void headersOfTheRightLengthAreReadOrRefused(long seed) {
        int length = Math.toIntExact(
                ByteBuffer.wrap(weights).order(ByteOrder.LITTLE_ENDIAN).getLong());
        byte[] header = new byte[length];
        System.arraycopy(weights, SafetensorsHeader.PREFIX, header, 0, length);
        int data = weights.length - SafetensorsHeader.PREFIX - length;
        FUZZ.everyInputIsReadOrRefused(seed, Fuzz.INPUTS, List.of(header), damaged -> {
            ByteBuffer file = ByteBuffer.allocate(SafetensorsHeader.PREFIX + damaged.length + data)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(damaged.length)
                    .put(damaged);
            readAll(file.array());
        });
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 3)
    void configurationsAndIndicesAreReadOrRefused(long seed) throws IOException {
        Path shard = Files.move(directory.resolve("model.safetensors"), directory.resolve("model-1.safetensors"));
        byte[] index = """
                {"metadata": {"total_size": 1}, "weight_map": {"scale": "%1$s", "mask": "%1$s", "model.norm": "%1$s"}}
                """.formatted(shard.getFileName()).getBytes(StandardCharsets.UTF_8);
        FUZZ.everyInputIsReadOrRefused(seed, Fuzz.INPUTS, List.of(index), damaged -> {
            write(CheckpointDirectory.INDEX, damaged);
            Checkpoint.open(directory);
        });
        write(CheckpointDirectory.INDEX, index);
        byte[] config = Files.readAllBytes(directory.resolve("config.json"));
        FUZZ.everyInputIsReadOrRefused(seed, Fuzz.INPUTS, List.of(config), damaged -> {
            write("config.json", damaged);
            Checkpoint.open(directory);
        });
    }

    private void readAll(byte[] weights) throws IOException {
        SafetensorsReader reader = SafetensorsReader.open(write("fuzz", weights));
        for (String name : reader.names()) {
            Models.doubles(reader, name);
        }
    }

    /** Anew each time: ext4 flushes a file that is cut and written again. */
    private Path write(String name, byte[] content) throws IOException {
        Path file = directory.resolve(name);
        Files.deleteIfExists(file);
        return Files.write(file, content);
    }
}
