package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The models in models/, read by the code that ships with them; the files of conf/ are in {@link ShippedDigestsTest}.
 */
class ShippedFilesTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final long LARGEST = 16L << 20;

    private static Stream<Path> list(String directory) throws IOException {
        try (Stream<Path> files = Files.list(HOME.resolve(directory))) {
            return files.sorted().toList().stream();
        }
    }

    static Stream<Path> models() throws IOException {
        return list("models").filter(directory -> Files.exists(directory.resolve("config.json")));
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyModelLoadsAndIsSmallAndSaysWhereItComesFrom(Path directory) throws IOException {
        assertThat(Files.size(directory.resolve("model.safetensors"))).isLessThanOrEqualTo(LARGEST);
        for (String file : List.of("training.conf", "training.jsonl", "evaluation.md")) {
            assertThat(directory.resolve(file)).isNotEmptyFile();
        }
        Checkpoint checkpoint = Checkpoint.open(directory);
        LanguageModel.load(checkpoint.config(), checkpoint, DataType.FLOAT32, Device.cpu())
                .close();
    }
}
