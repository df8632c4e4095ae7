package org.iclsweep.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints that other programs wrote. */
class RecordedCheckpointsTest {
    private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
    private static final Path SHARED = Path.of("../../shared");
    private static final Path EXTERNAL = SHARED.resolve("weights/safetensors-fixtures");

    static Stream<Path> checkpoints() throws IOException {
        return Stream.of(FIXTURES, SHARED.resolve("fixtures"), SHARED.resolve("weights"))
                .filter(Files::isDirectory)
                .flatMap(RecordedCheckpointsTest::walk)
                .filter(path -> path.endsWith("model.safetensors"))
                .map(Path::getParent)
                .sorted();
    }

    private static Stream<Path> walk(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("checkpoints")
    void everyTensorOfARecordedCheckpointIsReadInBothTypes(Path directory) {
        Checkpoint checkpoint = Checkpoint.open(directory);
        assertThat(checkpoint.modelType()).isNotEmpty();
        assertThat(checkpoint.names()).isNotEmpty();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (String name : checkpoint.names()) {
                NDArray wide = checkpoint.read(manager, name, DataType.FLOAT64);
                NDArray narrow = checkpoint.read(manager, name, DataType.FLOAT32);
                assertThat(wide.getShape()).isEqualTo(new Shape(checkpoint.shape(name)));
                assertThat(Arrays.stream(wide.toDoubleArray())).allMatch(Double::isFinite);
                assertThat(narrow.contentEquals(wide.toType(DataType.FLOAT32, true)))
                        .as(name)
                        .isTrue();
            }
        }
    }

    @Test
    void theTensorsOfAnotherProjectHaveTheirDocumentedValues() {
        assumeThat(EXTERNAL).isDirectory();
        assertThat(embedding("tensor-1d-int32", StoredType.I32, 3)).containsExactly(1, 2, 3);
        assertThat(embedding("tensor-2d-float64", StoredType.F64, 2, 3)).containsExactly(1, 2, 3, 24, 25, 26);
        assertThat(embedding("tensor-3d-float32", StoredType.F32, 2, 2, 3))
                .containsExactly(22, 23, 24, 11, 12, 13, 2, 3, 4, 1, 2, 3);
        assertThat(embedding("tensor-4d-float32", StoredType.F32, 2, 3, 1, 3))
                .containsExactly(11, 12, 13, 1, 2, 3, 4, 5, 6, 22, 23, 24, 15, 16, 17, 17, 18, 19);
    }

    private static double[] embedding(String file, StoredType type, long... shape) {
        SafetensorsReader reader = SafetensorsReader.open(EXTERNAL.resolve(file + ".safetensors"));
        assertThat(List.copyOf(reader.names())).containsExactly("embedding");
        assertThat(reader.storedType("embedding")).isEqualTo(type);
        assertThat(reader.shape("embedding")).isEqualTo(shape);
        return Models.doubles(reader, "embedding");
    }
}
