package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.datasets.pretrained.SmolLm2;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.HubCache;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files in conf/ and models/, read by the code that ships with them. */
class ShippedFilesTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path DATA = HOME.resolve("../shared/data").normalize();
    private static final long LARGEST = 16L << 20;

    private static Stream<Path> list(String directory) throws IOException {
        try (Stream<Path> files = Files.list(HOME.resolve(directory))) {
            return files.sorted().toList().stream();
        }
    }

    static Stream<Path> sweeps() throws IOException {
        return list("conf/sweeps");
    }

    static Stream<Path> trainings() throws IOException {
        return list("conf/training");
    }

    static Stream<Path> models() throws IOException {
        return list("models").filter(directory -> Files.exists(directory.resolve("config.json")));
    }

    private static Environment environment(Path file) throws IOException {
        boolean needsData = Files.readString(file).contains("${data}")
                || Files.readString(file).contains("include ");
        assumeTrue(!needsData || Files.isDirectory(DATA), "the public data sets are not there");
        if (Files.readString(file).contains("\"hf:")) {
            System.setProperty(HubCache.PROPERTY, SmolLm2.cache().toString());
        }
        return Environment.of(Map.of(Environment.DATA_VARIABLE, DATA.toString()), new InputFiles(List.of(HOME)));
    }

    @AfterEach
    void forgetTheCache() {
        System.clearProperty(HubCache.PROPERTY);
    }

    @ParameterizedTest
    @MethodSource("sweeps")
    void everySweepIsAPlan(Path file) throws IOException {
        assertThat(Experiments.read(file, List.of(), environment(file)).size()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void everyTrainingIsRead(Path file) throws IOException {
        assertThat(TrainingConfigurationReader.read(file, List.of(), environment(file))
                        .configuration()
                        .steps())
                .isPositive();
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
