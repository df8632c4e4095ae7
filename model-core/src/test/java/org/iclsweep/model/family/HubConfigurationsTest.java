package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The config.json of published models as they are on the hub, with the fields that other tools leave in them. */
class HubConfigurationsTest {
    private static final Path CONFIGS = Path.of("src/test/resources/hub-configs");

    static Stream<String> models() throws IOException {
        try (Stream<Path> files = Files.list(CONFIGS)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void aPublishedConfigurationIsReadAsItIs(String file) throws IOException {
        JsonNode config = new ObjectMapper().readTree(CONFIGS.resolve(file).toFile());
        Architecture read = Architecture.of(config);
        assertThat(read.dimensions().vocabulary())
                .isEqualTo(config.get("vocab_size").asInt());
        assertThat(read.branches()).isNotEmpty();
    }
}
