package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.iclsweep.datasets.pretrained.SmolLm2;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.HubCache;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The shipped sweeps and trainings, read by the code that ships with them: each is a plan, with the identity that it
 * had when its rows were computed. Another digest would refuse to go on in a directory that has rows.
 */
class ShippedDigestsTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path DATA = HOME.resolve("../shared/data").normalize();
    private static final Properties KNOWN = new Properties();

    static {
        try (InputStream file = ShippedDigestsTest.class.getResourceAsStream("/shipped-digests.properties")) {
            KNOWN.load(Objects.requireNonNull(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Path> files() throws IOException {
        try (Stream<Path> sweeps = Files.list(HOME.resolve("conf/sweeps"));
                Stream<Path> trainings = Files.list(HOME.resolve("conf/training"))) {
            return Stream.concat(sweeps, trainings).sorted().toList().stream();
        }
    }

    @AfterEach
    void forgetTheCache() {
        System.clearProperty(HubCache.PROPERTY);
    }

    @ParameterizedTest
    @MethodSource("files")
    void aShippedFileIsTheSamePlanAsEver(Path file) throws IOException {
        String text = Files.readString(file);
        boolean needsData = text.contains("${data}") || text.contains("include ");
        assumeTrue(!needsData || Files.isDirectory(DATA), "the public data sets are not there");
        if (text.contains("\"hf:")) {
            System.setProperty(HubCache.PROPERTY, SmolLm2.cache().toString());
        }
        String name = HOME.resolve("conf").relativize(file).toString();
        assertThat(digest(file, text)).as(name).isEqualTo(KNOWN.getProperty(name));
    }

    private static String digest(Path file, String text) {
        Environment environment =
                Environment.of(Map.of(Environment.DATA_VARIABLE, DATA.toString()), new InputFiles(List.of(HOME)));
        if (file.getParent().endsWith("training")) {
            ResolvedTraining training = TrainingConfigurationReader.read(file, List.of(), environment);
            assertThat(training.configuration().steps()).isPositive();
            return Digest.of(training.text());
        }
        SweepPlan<?, ?> plan = Experiments.read(file, List.of(), environment);
        assertThat(plan.size()).isPositive();
        return digest(plan.sweep().identity());
    }

    private static String digest(SortedMap<String, String> identity) {
        return Digest.of(identity.toString());
    }
}
